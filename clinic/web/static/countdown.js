// Counts down the minutes of a hold. The server says how many seconds are left, so a wrong clock here does no harm.

const started = performance.now();

function draw(item) {
  const left = Math.max(0, Math.round(Number(item.dataset.left) - (performance.now() - started) / 1000));
  item.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if (left > 0) return true;
  item.closest(".status")?.classList.replace("is-held", "is-canceled");
  item.dispatchEvent(new CustomEvent("hold-ended", { bubbles: true }));
  return false;
}

let items = [...document.querySelectorAll("[data-countdown]")];
if (items.length) {
  const timer = setInterval(() => {
    items = items.filter((item) => item.isConnected && draw(item));
    if (!items.length) clearInterval(timer);
  }, 1000);
}
