// How live.js puts a fresh part of the page in the place of the old one: focus, scroll and opened details stay.

const keysIn = (root) => [...root.querySelectorAll("[data-live-item]")].map((item) => item.dataset.liveItem);

export function isInUse(root) {
  const active = document.activeElement;
  const typing = active && root.contains(active) && active.closest("form, input, select, textarea, [contenteditable]");
  return Boolean(typing || root.querySelector(":active, dialog[open]"));
}

function twin(element, fresh) {
  if (element.id) return fresh.querySelector(`#${CSS.escape(element.id)}`);
  const key = element.closest("[data-live-item]")?.dataset.liveItem;
  const item = key ? fresh.querySelector(`[data-live-item="${CSS.escape(key)}"]`) : fresh;
  if (!item || element.matches("[data-live-item]")) return item;
  return [...item.querySelectorAll("a[href]")].find((link) => link.getAttribute("href") === element.getAttribute("href"));
}

export function put(old, fresh) {
  const known = new Set(keysIn(old));
  const active = old.contains(document.activeElement) ? document.activeElement : null;
  const after = active && (twin(active, fresh) ?? fresh);
  const moved = [old, ...old.querySelectorAll("[id]")].filter((item) => item.scrollTop || item.scrollLeft);
  for (const item of old.querySelectorAll("details[id]")) fresh.querySelector(`#${CSS.escape(item.id)}`)?.toggleAttribute("open", item.open);
  const places = moved.map((item) => [item.id, item.scrollLeft, item.scrollTop]);
  old.replaceWith(document.adoptNode(fresh));
  for (const [id, left, top] of places) document.getElementById(id)?.scrollTo(left, top);
  if (after === fresh && !fresh.hasAttribute("tabindex")) fresh.tabIndex = -1;
  after?.focus({ preventScroll: true });
  const news = keysIn(fresh).filter((key) => !known.has(key));
  fresh.dispatchEvent(new CustomEvent("live:swapped", { bubbles: true, detail: { news } }));
  return news.length;
}
