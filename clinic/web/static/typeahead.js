// Finds patients while one types. The form's own address, method and token are used; what is typed never enters a URL.

const WAIT = 160;

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function attach(form) {
  const input = form.querySelector("input[type=search]");
  const box = element("div", { className: "find-list", id: `${input.id}-list`, hidden: true });
  const options = element("div", { id: `${input.id}-options` });
  const note = element("p", { className: "find-note" });
  note.setAttribute("role", "status");
  options.setAttribute("role", "listbox");
  options.setAttribute("aria-label", "Patients");
  box.append(options, note);
  form.append(box);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", options.id);
  let chosen = -1;
  let timer = 0;
  let running = null;
  let shown = [];

  function close() {
    box.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(index) {
    const all = [...options.children];
    if (!all.length) return;
    chosen = (index + all.length) % all.length;
    all.forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
    input.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  }

  function show({ results, more }) {
    shown = results;
    options.replaceChildren(...results.map((found, at) => {
      const item = element("a", { href: found.href, id: `${input.id}-${at}`, tabIndex: -1 }, found.name, element("span", { textContent: found.detail }));
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      return item;
    }));
    chosen = -1;
    note.textContent = results.length === 0 ? "Nobody found. Try part of a name or the last digits of a phone."
      : more > 0 ? `${more} more. Type on, or press Enter for the whole list.` : "";
    note.hidden = !note.textContent;
    box.hidden = false;
    input.setAttribute("aria-expanded", "true");
  }

  async function search() {
    running?.abort();
    if (input.value.trim().length < 2) { close(); return; }
    running = new AbortController();
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new URLSearchParams(new FormData(form)), signal: running.signal,
        headers: { Accept: "application/json" }, redirect: "error",
      });
      if (answer.ok) show(await answer.json());
      else if (answer.status === 401) location.reload();
      else close();
    } catch { close(); }
  }

  close();
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, WAIT); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { close(); return; }
    if (box.hidden) return;
    if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen - 1); }
    if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); options.children[chosen].click(); }
  });
  // A form that only picks somebody is told who was chosen, and the page stays.
  options.addEventListener("click", (event) => {
    const at = [...options.children].indexOf(event.target.closest("[role=option]"));
    if (form.dataset.typeahead !== "pick" || at < 0) return;
    event.preventDefault();
    close();
    form.dispatchEvent(new CustomEvent("typeahead:pick", { bubbles: true, detail: shown[at] }));
  });
  form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget)) close(); });
  options.addEventListener("pointerdown", (event) => event.preventDefault());
}

for (const form of document.querySelectorAll("form[data-typeahead]")) attach(form);
