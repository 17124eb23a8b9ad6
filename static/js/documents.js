// Forms with many boxes: Enter goes on to the next box, Shift+Enter back. Without this, Enter works the figures out.
(() => {
  "use strict";
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const form = event.target.closest("[data-enter-moves]");
    if (!form || !event.target.matches("input:not([type=checkbox]):not([type=radio]), select")) return;
    event.preventDefault();
    const fields = [...form.querySelectorAll("input:not([type=hidden]), select, textarea, button:not(.visually-hidden)")].filter((each) => each.offsetParent && !each.disabled && each.tabIndex >= 0);
    const marked = event.target.matches("[data-enter]") ? fields.filter((each) => each.matches("[data-enter]")) : fields;
    const next = marked[marked.indexOf(event.target) + (event.shiftKey ? -1 : 1)] || fields[fields.indexOf(event.target) + (event.shiftKey ? -1 : 1)];
    if (!next) return;
    next.focus();
    if (next.select) next.select();
  });
})();
