// Arrows walk the rows of a table: its own links take the focus, so Enter opens as everywhere.

const links = [...document.querySelectorAll("[data-rows] [data-row]")];

function step(event) {
  const at = links.indexOf(document.activeElement);
  const last = links.length - 1;
  if (event.key === "Home") return at < 0 ? -1 : 0;
  if (event.key === "End") return at < 0 ? -1 : last;
  if (event.key === "ArrowDown") return Math.min(at + 1, last);
  if (event.key === "ArrowUp") return at < 0 ? -1 : Math.max(at - 1, 0);
  return -1;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (!links.length || document.querySelector("dialog[open]")) return;
  if (event.target.isContentEditable || event.target.matches("input, select, textarea")) return;
  const next = step(event);
  if (next < 0) return;
  event.preventDefault();
  links[next].focus({ preventScroll: true });
  links[next].scrollIntoView({ block: "nearest" });
});

// One box open at a time; Escape and a click beside it close it.
const boxes = [...document.querySelectorAll("details.drop")];
const close = (kept) => boxes.forEach((box) => { if (box !== kept) box.open = false; });
document.addEventListener("click", (event) => close(event.target.closest("details.drop")));
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" ? boxes.find((box) => box.open) : null;
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
