// Counts down the minutes of a hold. The server says how many seconds are left, so a wrong clock here does no harm.

const ends = new Map();

function draw(item) {
  const left = Math.max(0, Math.round((ends.get(item) - performance.now()) / 1000));
  item.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if (left > 0) return;
  ends.delete(item);
  item.closest(".status")?.classList.replace("is-held", "is-canceled");
  item.dispatchEvent(new CustomEvent("hold-ended", { bubbles: true }));
}

function collect(root) {
  for (const item of root.querySelectorAll("[data-countdown]")) ends.set(item, performance.now() + Number(item.dataset.left) * 1000);
}

collect(document);
document.addEventListener("live:swapped", (event) => collect(event.target));
setInterval(() => {
  for (const item of [...ends.keys()]) if (item.isConnected) draw(item); else ends.delete(item);
}, 1000);
