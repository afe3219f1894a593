// Hands the browser's passkey to the server; handleRegister and handleSignin come from Flask-Security's webauthn.js.
"use strict";

addEventListener("DOMContentLoaded", async () => {
  const form = document.querySelector("form[data-passkey]");
  if (!form) return;
  const ask = form.dataset.passkey === "register" ? handleRegister : handleSignin;
  const answer = await ask(form.dataset.options);
  if (answer.error_msg) {
    const error = form.querySelector("[data-passkey-error]");
    error.textContent = answer.error_msg;
    error.hidden = false;
    form.querySelector(".meanwhile").hidden = true;
    return;
  }
  form.querySelector("[name=credential]").value = answer.credential;
  form.submit();
});
