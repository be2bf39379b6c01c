// Keys for elements that carry data-key; `?` lists them and can switch them off, as WCAG 2.1.4 asks.

const list = document.getElementById("keys");
const OFF = "clinic.keys.off";
const isOff = () => localStorage.getItem(OFF) === "yes";

function isTyping(target) {
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

function use(element) {
  if (element.matches("input, select, textarea")) { element.focus(); element.select?.(); } else element.click();
}

function row(key, label) {
  const term = document.createElement("dt");
  const cap = document.createElement("kbd");
  const text = document.createElement("dd");
  cap.textContent = key;
  text.textContent = label;
  term.append(cap);
  return [term, text];
}

function toggle() {
  const term = document.createElement("dt");
  const text = document.createElement("dd");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  const draw = () => { button.textContent = isOff() ? "Turn these keys on" : "Turn these keys off"; };
  button.addEventListener("click", () => { localStorage.setItem(OFF, isOff() ? "no" : "yes"); draw(); });
  draw();
  text.append(button);
  return [term, text];
}

function open() {
  if (!list || list.open) return;
  const labels = new Map([...document.querySelectorAll("[data-key]")].map((item) => [item.dataset.key, item.dataset.keyLabel ?? ""]));
  const keys = [...labels].map(([key, label]) => row(key, label));
  list.querySelector("[data-keys]").replaceChildren(...[...keys, row("?", "This list")].flat(), ...toggle());
  list.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "?") { event.preventDefault(); open(); return; }
  if (isOff() || document.querySelector("dialog[open]")) return;
  // The page's own key wins over the menu's.
  const element = [...document.querySelectorAll("[data-key]")].findLast((item) => item.dataset.key === event.key);
  if (element) { event.preventDefault(); use(element); }
});
