// Offset in the browser: keys, menus, dialogs, the theme. Pages work without any of this.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");

  const YEAR = 31536000;
  const remember = (name, value) => {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `${name}=${value}; path=/; samesite=lax; max-age=${value ? YEAR : 0}${secure}`;
  };
  remember("js", "1"); // From now on counts may arrive after the page.

  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const isTyping = (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(checkbox|radio|button|submit)$/.test(target.type);
  // After a refusal: the first field that is wrong, else the sentences above the form.
  const wrongIn = (place) => {
    const said = one("[data-focus]", place);
    return said && (all("[aria-invalid=true]", place).find((each) => each.offsetParent) || said);
  };
  const openDialog = () => one("dialog[open]");

  // Theme and sidebar: a cookie, so that the next page comes right from the server.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-theme-switch]") || !event.submitter) return;
    event.preventDefault();
    const theme = event.submitter.value;
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    remember("theme", theme === "system" ? "" : theme);
    all("button", form).forEach((button) => button.setAttribute("aria-pressed", String(button === event.submitter)));
  });
  document.addEventListener("click", (event) => {
    const sidebar = event.target.closest("[data-sidebar-switch]");
    const filters = event.target.closest("[data-filters-fold]");
    if (sidebar) {
      const isNarrow = root.classList.toggle("sidebar-narrow");
      sidebar.setAttribute("aria-pressed", String(isNarrow));
      remember("sidebar", isNarrow ? "narrow" : "");
    } else if (filters) {
      const isFolded = root.classList.toggle("filters-folded");
      filters.setAttribute("aria-expanded", String(!isFolded));
      remember("filters", isFolded ? "folded" : "");
    }
  });

  // Menus close on a click elsewhere and on Escape.
  document.addEventListener("click", (event) => {
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
    if (menu) { menu.open = false; one("summary", menu).focus(); }
  });

  // Rows: a click opens, a middle click or Ctrl-click opens a tab; text can still be selected.
  const rowLink = (target) => {
    if (target.closest("a, button, input, select, label, summary, form")) return null;
    const row = target.closest("[data-rows] tbody tr");
    return row && one("[data-row-link]", row);
  };
  document.addEventListener("click", (event) => {
    const link = event.button === 0 && rowLink(event.target);
    if (!link || String(getSelection())) return;
    if (event.ctrlKey || event.metaKey) open(link.href, "_blank", "noopener");
    else location.assign(link.href);
  });
  document.addEventListener("auxclick", (event) => {
    const link = event.button === 1 && rowLink(event.target);
    if (link) { event.preventDefault(); open(link.href, "_blank", "noopener"); }
  });
  document.addEventListener("mousedown", (event) => {
    if (event.button === 1 && rowLink(event.target)) event.preventDefault(); // No scroll wheel mode.
  });

  // Selection: the bar appears with the first row picked.
  const showPicked = () => {
    const bar = one("#bulk");
    const boxes = all(".pick input[name=pk]");
    const picked = boxes.filter((box) => box.checked).length;
    const head = one("[data-pick-all]");
    if (head) { head.checked = picked > 0 && picked === boxes.length; head.indeterminate = picked > 0 && picked < boxes.length; }
    if (!bar) return;
    bar.classList.toggle("is-on", picked > 0);
    const output = one("[data-picked]", bar);
    output.value = output.dataset.template.replace("%n", picked);
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) all(".pick input[name=pk]").forEach((box) => { box.checked = event.target.checked; });
    if (event.target.closest(".pick")) showPicked();
  });

  addEventListener("pageshow", showPicked); // Back keeps what was ticked.

  // Dialogs: a verb's form opens over the page; focus goes back where it was, as <dialog> does by itself.
  document.addEventListener("htmx:afterSettle", (event) => { // Later than htmx's own care for autofocus.
    if (event.target.id === "dialog-body") {
      const dialog = one("#dialog");
      if (!dialog.open) dialog.showModal();
      const first = wrongIn(dialog) || one("[autofocus], .field input:not([type=hidden]), .field textarea, .field select, button.btn", event.target);
      if (first) first.focus();
    }
    showPicked();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-close-dialog]");
    const dialog = button && button.closest("dialog");
    if (dialog) { event.preventDefault(); dialog.close(); }
    else if (event.target.matches("dialog") && event.target.id === "keys") event.target.close();
  });
  document.addEventListener("close", (event) => {
    if (event.target.id === "dialog") one("#dialog-body").replaceChildren();
  }, true);
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 403 || status === 404 || status >= 500) location.reload();
  });

  // Amounts: what is read of a text that could mean two things stands beside its box as one types.
  let pause;
  const echo = async (input) => {
    const text = input.value.trim();
    const place = input.closest(".amount-box") || input;
    let note = place.nextElementSibling;
    if (!note || !note.matches(".amount-echo")) {
      if (!/\D/.test(text)) return;
      note = document.createElement("output");
      note.className = "amount-echo";
      place.after(note);
    }
    const sign = one(".amount-currency", place.parentElement);
    const query = new URLSearchParams({ text, currency: sign ? sign.textContent : "" });
    const answer = /\D/.test(text) ? await fetch(`/read-amount/?${query}`) : null;
    const words = answer && answer.ok ? await answer.text() : "";
    if (input.value.trim() === text) note.textContent = words;
  };
  document.addEventListener("input", (event) => {
    if (!event.target.matches("input[inputmode=decimal]")) return;
    clearTimeout(pause);
    pause = setTimeout(echo, 150, event.target);
  });

  // Company fields: options as one types, chosen by arrows and Enter or by a click.
  const options = (box) => all("[role=option]:not([aria-disabled])", one("[role=listbox]", box));
  const shut = (box) => {
    one("[role=listbox]", box).hidden = true;
    const input = one("[role=combobox]", box);
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (box, option) => {
    options(box).forEach((each) => each.setAttribute("aria-selected", String(each === option)));
    option.id = option.id || `option-${Math.random().toString(36).slice(2)}`;
    one("[role=combobox]", box).setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const choose = (box, option) => {
    if (option.dataset.url) { location.assign(option.dataset.url); return; }
    const input = one("[role=combobox]", box);
    const hidden = one("input[type=hidden]", box);
    input.value = option.dataset.text;
    hidden.value = option.dataset.value;
    shut(box);
    hidden.dispatchEvent(new Event("change", { bubbles: true }));
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    const box = event.target.matches("[role=listbox]") && event.target.closest("[data-lookup]");
    if (!box) return;
    event.target.hidden = !event.target.children.length || document.activeElement !== one("[role=combobox]", box);
    one("[role=combobox]", box).setAttribute("aria-expanded", String(!event.target.hidden));
  });
  // Who types before these scripts run gets options as well.
  window.addEventListener("load", () => {
    const input = document.activeElement;
    const isTyped = input.matches("[data-lookup] [role=combobox]") && input.value !== input.defaultValue;
    if (isTyped) input.dispatchEvent(new Event("early"));
  });
  document.addEventListener("input", (event) => {
    const box = event.target.matches("[data-lookup] [role=combobox]") && event.target.closest("[data-lookup]");
    const hidden = box && one("input[type=hidden]", box);
    if (hidden) hidden.value = "";
  });
  // What is typed is no answer yet: a form that follows its changes waits for a choice, or for an emptied box.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-lookup] [role=combobox]") && event.target.value) event.stopPropagation();
  }, true);
  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[data-lookup] [role=option]:not([aria-disabled])");
    if (option) { event.preventDefault(); choose(option.closest("[data-lookup]"), option); }
  });
  document.addEventListener("focusout", (event) => {
    const box = event.target.matches("[data-lookup] [role=combobox]") && event.target.closest("[data-lookup]");
    if (box) shut(box);
  });
  document.addEventListener("keydown", (event) => {
    const box = event.target.matches("[data-lookup] [role=combobox]") && event.target.closest("[data-lookup]");
    if (!box || one("[role=listbox]", box).hidden) return;
    const list = options(box);
    const at = list.findIndex((each) => each.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (list.length) mark(box, list[(at + step + list.length) % list.length]);
    } else if (event.key === "Enter" && (at >= 0 || (list.length === 1 && !("goes" in box.dataset)))) {
      event.preventDefault();
      choose(box, list[Math.max(at, 0)]);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      shut(box);
    }
  }, true);

  // Keys.
  const rows = () => all("[data-rows] tbody tr").filter((row) => one("[data-row-link]", row));
  const move = (step) => {
    const list = rows();
    if (!list.length) return;
    const at = list.findIndex((row) => row.contains(document.activeElement));
    const next = list[at < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + step, 0), list.length - 1)];
    one("[data-row-link]", next).focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const pick = () => {
    const row = document.activeElement && document.activeElement.closest("[data-rows] tbody tr");
    const box = row && one(".pick input", row);
    if (box) { box.checked = !box.checked; showPicked(); }
  };
  // A key works where what it presses is shown, or waits in a menu that one can open.
  const works = (target) => {
    const menu = target.closest("details.menu");
    return Boolean((menu && !menu.open ? menu : target).offsetParent);
  };
  const pressed = (key) => all("[data-key]").find((each) => each.dataset.key === key && works(each));
  const wordsOf = (target) => {
    const copy = target.cloneNode(true);
    all("kbd", copy).forEach((each) => each.remove());
    return target.getAttribute("aria-label") || copy.textContent.trim();
  };
  const showKeys = () => {
    const dialog = one("#keys");
    if (!dialog) return;
    const list = one("[data-keys-list]", dialog);
    all("[data-added]", list).forEach((each) => each.remove());
    all("[data-where]", list).forEach((each) => { each.hidden = !all(each.dataset.where).some((target) => target.offsetParent); });
    all("[data-key]").filter((each) => pressed(each.dataset.key) === each).forEach((target) => {
      const line = document.createElement("div");
      const term = document.createElement("dt");
      const key = document.createElement("kbd");
      const words = document.createElement("dd");
      key.textContent = target.dataset.key;
      words.textContent = wordsOf(target);
      term.append(key);
      line.append(term, words);
      line.dataset.added = "";
      list.append(line);
    });
    dialog.showModal();
  };
  const KEYS = { j: () => move(1), k: () => move(-1), x: pick, "?": showKeys };
  document.addEventListener("click", (event) => { if (event.target.closest("[data-keys]")) showKeys(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = event.target.closest("form");
      if (form && form.method === "post") { event.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target) || openDialog()) return;
    const search = one("#search");
    if (event.key === "/" && search) { event.preventDefault(); search.focus(); search.select(); return; }
    const target = pressed(event.key);
    if (target) { event.preventDefault(); target.click(); } else if (KEYS[event.key]) { event.preventDefault(); KEYS[event.key](); }
  });

  const problems = wrongIn(one("main") || document);
  if (problems) problems.focus();
})();
