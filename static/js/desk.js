// The apply desk by keyboard. Without this the boxes are ordinary fields and the buttons ordinary buttons.
(() => {
  "use strict";
  const desk = () => document.querySelector("[data-desk]");
  const all = (selector) => [...document.querySelectorAll(selector)];
  const boxes = () => all("[data-amount]");
  const isField = (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);

  const go = (box) => { if (box) { box.focus(); box.select(); } };
  const press = (selector) => { const button = document.querySelector(selector); if (button) button.click(); }; // htmx names no other button than a clicked one.

  // Boxes by row: up and down keep the column, left and right leave a box only at the end of its text.
  const grid = () => all(".desk-table tbody tr").map((row) => [...row.querySelectorAll("td.desk-cell")].map((cell) => cell.querySelector("[data-amount]")));
  const place = (box) => {
    const rows = grid();
    const row = rows.findIndex((each) => each.includes(box));
    return { rows, row, column: row < 0 ? -1 : rows[row].indexOf(box) };
  };
  const vertical = (box, step) => {
    const { rows, row, column } = place(box);
    for (let at = row + step; at >= 0 && at < rows.length; at += step) if (rows[at][column]) { go(rows[at][column]); return; }
  };
  const along = (box, step) => {
    const list = boxes();
    return list[list.indexOf(box) + step];
  };
  const atEdge = (box, step) => {
    const whole = box.selectionStart === 0 && box.selectionEnd === box.value.length;
    return whole || (step < 0 ? box.selectionEnd === 0 : box.selectionStart === box.value.length);
  };

  const inBox = (event, box) => {
    if (event.key === "Enter") {
      const next = along(box, event.shiftKey ? -1 : 1);
      if (next) go(next);
      else if (!event.shiftKey) document.querySelector("[data-apply]").focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      vertical(box, event.key === "ArrowDown" ? 1 : -1);
    } else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && !event.shiftKey) {
      const step = event.key === "ArrowLeft" ? -1 : 1;
      const next = atEdge(box, step) && along(box, step);
      if (!next) return false;
      go(next);
    } else if (event.key === "=") {
      const button = box.parentElement.querySelector("[data-most]") || document.querySelector("[data-most-of]");
      if (button.matches("[data-most-of]")) button.value = box.name.replace("amount", "most");
      button.click();
    } else {
      return false;
    }
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (!desk() || document.querySelector("dialog[open]") || event.altKey) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      press("[data-apply]");
      return;
    }
    if (event.ctrlKey || event.metaKey) return;
    if (event.target.matches("[data-amount]")) {
      if (inBox(event, event.target)) event.preventDefault();
    } else if (!isField(event.target) && !event.target.closest("button, a, summary") && /^([0-9]|ArrowDown)$/.test(event.key)) {
      const first = boxes()[0];
      if (!first) return;
      go(first);
      if (event.key === "ArrowDown") event.preventDefault(); // A digit goes on into the box.
    }
  }, true);

  document.addEventListener("focusin", (event) => { if (event.target.matches("[data-amount]")) event.target.select(); });
  document.addEventListener("change", (event) => { if (event.target.matches("[data-use]")) press("[data-show]"); });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!event.target.matches("[data-desk]")) return;
    const problems = event.target.querySelector("[data-focus]");
    if (problems) (event.target.querySelector("[aria-invalid=true]") || problems).focus();
    else if (document.activeElement === document.body) go(boxes().find((box) => box.value) || boxes()[0]);
  });
})();
