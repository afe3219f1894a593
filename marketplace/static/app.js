// What pages gain from JavaScript. Each page works without: this only saves reloads and clicks.
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const make = (tag, facts = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), facts);
  element.append(...children);
  return element;
};

// Colour scheme: the system's, until somebody chooses.
function startThemeButton() {
  const button = document.querySelector("[data-theme-toggle]");
  if (!button) return;
  const root = document.documentElement;
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const name = () => button.setAttribute("aria-label", isDark() ? "Use light colours" : "Use dark colours");
  button.hidden = false;
  name();
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* not kept, still used */ }
    name();
  });
}

// The account menu closes on Escape and on a click elsewhere.
function closeMenus(event) {
  for (const menu of all("details.account[open]")) {
    if (event.type === "keydown" ? event.key === "Escape" : !menu.contains(event.target)) {
      menu.open = false;
      if (event.type === "keydown") menu.querySelector("summary").focus();
    }
  }
}

// Lists of rows: add clones the template, remove takes the row out and counts the rest anew.
function renumber(list, name) {
  const dashed = name.replace(/[._]/g, "-");
  all(":scope > .row", list).forEach((row, index) => {
    for (const element of [row, ...all("*", row)]) {
      for (const attribute of [...element.attributes]) {
        const renewed = attribute.value
          .replace(new RegExp(`(^|\\s)${name.replace(/\./g, "\\.")}\\.(\\d+|__row__)(?=\\.|$)`, "g"), `$1${name}.${index}`)
          .replace(new RegExp(`f-${dashed}-(\\d+|--row--)-`, "g"), `f-${dashed}-${index}-`);
        if (renewed !== attribute.value && attribute.name !== "value" || attribute.value !== renewed && element.name === "_remove") {
          element.setAttribute(attribute.name, renewed);
        }
      }
    }
    const number = row.querySelector("[data-row-number]");
    if (number) number.textContent = index + 1;
  });
}

function changeRows(event) {
  const button = event.target.closest("button[name=_add], button[name=_remove]");
  const box = button?.closest("[data-rows]");
  if (!box) return;
  const list = box.querySelector("[data-rows-list]");
  if (button.name === "_add") {
    if (list.children.length >= Number(box.dataset.most)) return;
    event.preventDefault();
    list.append(box.querySelector("template").content.cloneNode(true));
    renumber(list, box.dataset.rows);
    list.lastElementChild.querySelector("input, select, textarea")?.focus();
    globalThis.htmx?.process(list.lastElementChild);
    say(`${list.children.length} rows`);
  } else {
    event.preventDefault();
    button.closest(".row").remove();
    renumber(list, box.dataset.rows);
    box.querySelector("button[name=_add]").focus();
    say("Row removed");
  }
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

// Words for screen readers, and for everybody when something went wrong.
function say(text) {
  const region = document.getElementById("announcements");
  if (region) region.textContent = text;
}

function showProblem(text) {
  const box = document.querySelector(".toasts");
  if (!box) return;
  const toast = make("div", { className: "flash bad" }, make("p", { textContent: text }));
  box.replaceChildren(toast);
  setTimeout(() => toast.remove(), 8000);
}

// Dialogues: a question before a button's form is sent, and <details data-dialog> as a modal.
function ask(question, label, kind, then) {
  const yes = make("button", { type: "button", className: `button ${kind}`, textContent: label });
  const no = make("button", { type: "button", className: "button quiet", textContent: "Cancel" });
  const title = make("p", { className: "dialog-title", id: "question", textContent: question });
  const dialog = make("dialog", { className: "dialog" }, title, make("div", { className: "form-actions" }, yes, no));
  dialog.setAttribute("aria-labelledby", "question");
  document.body.append(dialog);
  yes.addEventListener("click", () => { dialog.close(); then(); });
  no.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  no.focus();
}

function confirmFirst(event) {
  const button = event.target.closest("button[data-confirm]");
  if (!button || !button.form) return;
  event.preventDefault();
  event.stopPropagation();
  const kind = button.classList.contains("danger") ? "danger" : "primary";
  const label = button.firstChild.textContent.trim();
  ask(button.dataset.confirm, label, kind, () => {
    const question = button.dataset.confirm;
    delete button.dataset.confirm;
    button.form.requestSubmit(button);
    button.dataset.confirm = question;
  });
}

function openDialog(event) {
  const summary = event.target.closest("details[data-dialog] > summary");
  if (!summary) return;
  event.preventDefault();
  const content = summary.nextElementSibling;
  const title = content.querySelector(".dialog-title");
  const close = make("button", { type: "button", className: "icon-button dialog-close", textContent: "✕" });
  close.setAttribute("aria-label", "Close");
  const dialog = make("dialog", { className: "dialog" }, content, close);
  title.id = `${content.id}-title`;
  dialog.setAttribute("aria-labelledby", title.id);
  summary.after(dialog);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => { dialog.replaceWith(content); summary.focus(); });
  // A closed <details> hides its content even in a dialogue, so it is open while the dialogue is.
  const box = summary.parentElement;
  box.open = true;
  dialog.addEventListener("close", () => { box.open = false; });
  dialog.showModal();
}

// Moments that move: a running timer counts up, a deadline counts down.
const inHours = (seconds) => `${Math.floor(seconds / 3600)}:${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}`;

function tick() {
  for (const element of all("[data-since]")) {
    const seconds = Math.max(0, (Date.now() - Date.parse(element.dataset.since)) / 1000);
    element.textContent = `${inHours(seconds)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  }
  for (const element of all("[data-until]")) {
    const hours = (Date.parse(element.dataset.until) - Date.now()) / 3600000;
    element.textContent = hours <= 0 ? "over" : hours < 1 ? `in ${Math.ceil(hours * 60)} min` : `in ${Math.floor(hours)} h`;
  }
}

// Check boxes of a list: select all, and how many are selected.
function countChecks() {
  for (const output of all("[data-counts]")) {
    output.textContent = all(`input[name="${output.dataset.counts}"]:checked`).length;
  }
}

function changed(event) {
  const target = event.target;
  if (target.dataset?.checks) {
    for (const box of all(`input[name="${target.dataset.checks}"]:not(:disabled)`)) box.checked = target.checked;
  }
  if (target.dataset && "autosubmit" in target.dataset) target.form.requestSubmit();
  countChecks();
}

// htmx: refusals (422) are shown, other failures are told.
document.addEventListener("htmx:responseError", () => showProblem("That did not work. Reload the page and try again."));
document.addEventListener("htmx:sendError", () => showProblem("The server cannot be reached. Check your connection."));
document.addEventListener("htmx:afterSettle", () => { countChecks(); tick(); });

document.addEventListener("click", confirmFirst, true);
document.addEventListener("click", (event) => { changeRows(event); openDialog(event); closeMenus(event); });
document.addEventListener("keydown", closeMenus);
document.addEventListener("change", changed);
startThemeButton();
countChecks();
if (document.querySelector("[data-since], [data-until]")) tick();
setInterval(tick, 1000);
document.querySelector("[data-focus]")?.focus();
