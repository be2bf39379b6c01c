// Walks the work queue by keys: j and k go from row to row, Enter on a row opens what it is about.
// The keys themselves are shortcuts.js's, which lists them under "?" and can be switched off there.

const rows = () => [...document.querySelectorAll(".work-item.is-queue")];

function go(step) {
  const all = rows();
  const here = all.findIndex((row) => row.contains(document.activeElement));
  const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + step, 0), all.length - 1);
  all[next]?.focus();
  all[next]?.scrollIntoView({ block: "nearest" });
}

for (const [key, step] of [["j", 1], ["k", -1]]) {
  document.querySelector(`[data-key="${key}"]`)?.addEventListener("click", () => go(step));
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.defaultPrevented || !event.target.matches?.(".work-item.is-queue")) return;
  event.target.querySelector("[data-opens]")?.click();
});
