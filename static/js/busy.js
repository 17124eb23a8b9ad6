// Every form: the pressed button shows that it works, and nothing is sent twice until an answer came. Links to files too.
(() => {
  "use strict";
  const LONGEST = 60000; // Milliseconds after which an answer that never came is no longer waited for.
  const LOOK = 200; // Milliseconds between two looks whether a file has begun to arrive.
  const COOKIE = "downloading"; // The server takes it away with the head of a file: web.middleware.

  const all = (selector) => [...document.querySelectorAll(selector)];
  const buttons = (form) => [...form.elements].filter((each) => each.matches("button, input[type=submit]"));
  let looking = 0;
  let ending = 0;

  const release = (target) => {
    target.removeAttribute("aria-busy");
    if (!target.elements) return;
    target.querySelectorAll("[data-busy-words]").forEach((each) => each.remove());
    buttons(target).forEach((button) => {
      button.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
    });
  };
  const busy = () => all("form[aria-busy], a[download][aria-busy]");
  const releaseAll = () => {
    clearInterval(looking);
    clearTimeout(ending);
    document.cookie = `${COOKIE}=; path=/; samesite=lax; max-age=0`;
    busy().forEach(release);
  };
  const mark = (form, submitter) => {
    form.setAttribute("aria-busy", "true");
    buttons(form).forEach((button) => button.setAttribute("aria-disabled", "true"));
    if (submitter) submitter.setAttribute("aria-busy", "true");
    const words = document.createElement("output");
    words.className = "visually-hidden";
    words.dataset.busyWords = "";
    form.append(words);
    words.textContent = document.body.dataset.busy || "";
  };
  // The browser says nothing when an answer is a file and the page stays: then the cookie is gone.
  const awaitFile = () => {
    document.cookie = `${COOKIE}=1; path=/; samesite=lax`;
    clearInterval(looking);
    clearTimeout(ending);
    looking = setInterval(() => { if (!document.cookie.split("; ").includes(`${COOKIE}=1`)) releaseAll(); }, LOOK);
    ending = setTimeout(releaseAll, LONGEST);
  };

  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("aria-busy") !== "true") return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  // After everybody else: what a script took over is no longer sent by the browser.
  addEventListener("submit", (event) => {
    const target = (event.submitter && event.submitter.formTarget) || event.target.target;
    if (event.defaultPrevented || (target && target !== "_self")) return;
    mark(event.target, event.submitter);
    awaitFile();
  });
  const submitted = (event) => {
    const by = event.detail.requestConfig && event.detail.requestConfig.triggeringEvent;
    return by && by.type === "submit" ? by : null;
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    const by = submitted(event);
    if (by && !event.defaultPrevented) mark(by.target, by.submitter);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const by = submitted(event);
    if (by && !(event.detail.xhr && event.detail.xhr.getResponseHeader("HX-Redirect"))) release(by.target);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[download]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
    link.setAttribute("aria-busy", "true");
    awaitFile();
  });
  addEventListener("pageshow", releaseAll); // Also when Back shows the page as it was left.
})();
