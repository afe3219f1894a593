// Shows the OpenAPI document with the local copy of Swagger UI.
window.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("api-docs");
  window.SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    deepLinking: true,
    validatorUrl: null,
    syntaxHighlight: { activated: false },
    // Groups open one by one: all operations and shapes at once are more than Swagger UI draws.
    defaultModelsExpandDepth: -1,
    docExpansion: "none",
  });
});
