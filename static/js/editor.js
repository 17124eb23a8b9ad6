// The template editor: line numbers, variables at a click, and a preview that follows what is typed. Without this the
// form saves, and its Preview button opens the PDF in a tab.
(() => {
  "use strict";
  const BUSY = 1000; // Milliseconds until it is tried again while another preview is being made.
  const PAUSE = 350; // Milliseconds without a keystroke before the preview is made.
  const form = document.getElementById("editor");
  if (!form) return;
  const source = form.elements.source;
  const numbers = document.getElementById("line-numbers");
  const status = document.getElementById("preview-status");
  const frame = document.getElementById("preview-frame");
  const unsaved = document.getElementById("unsaved");
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // Line numbers beside the text; the line of a problem is marked.
  let marked = 0;
  const number = () => {
    const count = source.value.split("\n").length;
    numbers.replaceChildren(...Array.from({ length: count }, (_, at) => {
      const line = document.createElement("div");
      line.textContent = at + 1;
      if (at + 1 === marked) line.className = "is-bad";
      return line;
    }));
    numbers.scrollTop = source.scrollTop;
  };
  source.addEventListener("scroll", () => { numbers.scrollTop = source.scrollTop; });

  const say = (text, tone) => { status.textContent = text; status.className = `preview-status js-only is-${tone}`; };

  // One preview at a time: a newer wish ends the older one. A PDF that is replaced is forgotten.
  let timer = 0;
  let running = null;
  let shown = "";
  const preview = async () => {
    if (running) running.abort();
    const mine = running = new AbortController();
    say(status.dataset.making, "waiting");
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form), headers: { Accept: "application/json, application/pdf" }, signal: mine.signal });
      if (answer.status === 422) {
        const problem = await answer.json();
        marked = problem.line;
        say(problem.line ? fill(status.dataset.line, problem) : problem.message, "bad");
      } else if (answer.ok) {
        const pdf = await answer.blob();
        const decode = new DOMParser();
        const missing = decode.parseFromString(answer.headers.get("X-Missing") || "", "text/html").documentElement.textContent;
        const made = fill(status.dataset.made, { pages: answer.headers.get("X-Pages"), seconds: (answer.headers.get("X-Milliseconds") / 1000).toFixed(1) });
        marked = 0;
        if (shown) URL.revokeObjectURL(shown);
        shown = URL.createObjectURL(pdf);
        frame.src = `${shown}#toolbar=0&navpanes=0&view=FitH`;
        say(missing ? `${made} ${fill(status.dataset.missing, { characters: missing })}` : made, missing ? "warn" : "good");
      } else if (answer.status === 503) {
        clearTimeout(timer);
        timer = setTimeout(preview, BUSY);
      } else {
        say(status.dataset.away, "bad");
      }
      number();
    } catch (error) {
      if (error.name !== "AbortError") say(status.dataset.away, "bad");
    } finally {
      if (running === mine) running = null;
    }
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(preview, PAUSE); };

  const first = source.value + form.elements.name.value + form.elements.page_size.value;
  const changed = () => source.value + form.elements.name.value + form.elements.page_size.value !== first;
  form.addEventListener("input", () => { if (unsaved) unsaved.hidden = !changed(); soon(); });
  source.addEventListener("input", number);
  let leaving = false;
  form.addEventListener("submit", (event) => { leaving = !event.submitter || !event.submitter.formTarget; });
  window.addEventListener("beforeunload", (event) => { if (!leaving && changed()) event.preventDefault(); });

  // A variable goes where the cursor is, and can be undone like anything typed.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    source.focus();
    if (!document.execCommand("insertText", false, button.dataset.insert)) source.setRangeText(button.dataset.insert, source.selectionStart, source.selectionEnd, "end");
    source.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // Tab writes two spaces; Escape first, and Tab goes on to the next field.
  let escaped = false;
  source.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { escaped = true; return; }
    if (event.key === "Tab" && !event.shiftKey && !escaped && !source.readOnly && !source.disabled) {
      event.preventDefault();
      document.execCommand("insertText", false, "  ");
    } else if (event.key === "s" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button[name=then]"));
    } else if (event.key !== "Shift") escaped = false;
  });

  number();
  preview();
})();
