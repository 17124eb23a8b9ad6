// A page that is too old, told to a part of it: a form that was sent is sent by the browser itself, whose answer keeps
// what was typed; else a notice stands above what is typed, and a page without anything typed is loaded again.
(() => {
  "use strict";
  const FIELDS = "input:not([type=hidden], [type=checkbox], [type=radio]), textarea, select";
  const holdsText = () => [...document.querySelectorAll("main form[method=post], dialog[open] form[method=post]")].some((form) => form.querySelector(FIELDS));
  const sendWhole = (form, submitter) => {
    if (submitter && submitter.name) {
      const pressed = document.createElement("input");
      Object.assign(pressed, { type: "hidden", name: submitter.name, value: submitter.value });
      form.append(pressed);
    }
    HTMLFormElement.prototype.submit.call(form);
  };
  document.addEventListener("htmx:responseError", (event) => {
    if (!event.detail.xhr.getResponseHeader("Offset-Expired")) return;
    event.stopImmediatePropagation(); // Nobody loads the page again over what was typed.
    const by = event.detail.requestConfig.triggeringEvent;
    if (by && by.type === "submit" && by.target.method === "post") sendWhole(by.target, by.submitter);
    else if (!holdsText()) location.reload();
    else if (!document.getElementById("expired")) {
      const place = document.querySelector("dialog[open] form") || document.getElementById("main");
      place.insertAdjacentHTML("afterbegin", event.detail.xhr.responseText);
    }
  }, true);
})();
