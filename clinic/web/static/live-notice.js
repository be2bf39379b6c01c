// What live.js tells the reader: a line over the page while no news comes in, and a short notice of what is new.

const STAY = 12_000;

export function make(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// Stands in the page from the start, because a region that appears together with its words is often not read out.
export const board = make("div", { className: "live-notice" });
board.setAttribute("role", "status");

export function tell(...words) {
  const glyph = make("span", { className: "glyph" }, "!");
  glyph.setAttribute("aria-hidden", "true");
  board.replaceChildren(...(words.length ? [make("p", { className: "alarm" }, glyph, " ", ...words)] : []));
}

export function say(words) {
  const glyph = make("span", { className: "glyph" }, "+");
  glyph.setAttribute("aria-hidden", "true");
  const toast = make("p", { className: "toast" }, glyph, ` ${words}`);
  document.querySelector(".toasts")?.append(toast);
  setTimeout(() => toast.remove(), STAY);
}
