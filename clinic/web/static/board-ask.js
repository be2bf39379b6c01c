// Asks the server to move and to book, and shows what it says: a notice with Undo, or the reason and other times.

export const UNDO_AT_LEAST = 30;
export const byId = (id) => document.getElementById(id);
export const zone = () => byId("board").dataset.zone;

export const mine = new Set();
export const say = (words) => { byId("board-note").textContent = words; };
export const clock = (ms) => new Date(ms).toLocaleTimeString("en-US", { timeZone: zone(), hour: "numeric", minute: "2-digit" });

export function make(tag, words, properties = {}) {
  return Object.assign(document.createElement(tag), { textContent: words, ...properties });
}

export async function post(url, fields) {
  const body = new URLSearchParams({ ...fields, csrf_token: document.querySelector("meta[name=csrf-token]").content });
  document.body.dataset.busy = "sending";
  try {
    const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error" });
    return { others: [], ...await answer.json(), ok: answer.ok };
  } catch {
    return { ok: false, others: [], detail: "The server did not answer, so look whether it was done before you try again." };
  } finally {
    delete document.body.dataset.busy;
    document.dispatchEvent(new CustomEvent("live:ask"));
  }
}

export function toast(words, seconds, undo) {
  const box = make("p", "", { className: "toast" });
  const leave = make("button", "×", { type: "button", ariaLabel: "Dismiss", onclick: () => box.remove() });
  const back = undo && make("button", "Undo", { type: "button", onclick: () => { box.remove(); undo(); } });
  for (const old of document.querySelectorAll(".toast.is-own")) old.remove();
  box.classList.add("is-own");
  box.append(...[make("span", words), back, leave].filter(Boolean));
  document.querySelector(".toasts").append(box);
  setTimeout(() => box.remove(), Math.max(seconds, UNDO_AT_LEAST) * 1000);
}

// Fills a place with the reason of a refusal and a button for each time that can be had instead.
export function tell(place, told, take) {
  const items = told.others.map((other) => {
    const item = make("li", "");
    item.append(make("button", other.words, { type: "button", className: "button", onclick: () => take(other) }));
    return item;
  });
  const list = make("ul", "");
  list.append(...items);
  place.replaceChildren(make("p", told.detail), ...(items.length ? [make("p", "Free instead:"), list] : []));
}

async function undo(id, version) {
  const told = await post(`/board/visits/${id}/undo`, { version });
  toast(told.ok ? told.said : told.detail, UNDO_AT_LEAST);
}

export async function move(block, fields) {
  const id = block.dataset.visit;
  mine.add(id);
  const told = await post(`/board/visits/${id}/move`, { version: block.dataset.version, ...fields });
  if (told.ok) toast(told.said, told.seconds, told.seconds ? () => undo(id, told.version) : null);
  return told;
}

export const nameOf = (block) => `${block.querySelector(".visit-name").textContent}, ${block.querySelector(".visit-time").textContent}`;

export function putBack(block, told, again) {
  const dialog = byId("refused-dialog");
  dialog.querySelector("[data-about]").textContent = `${nameOf(block)} stays where it was.`;
  tell(dialog.querySelector("[data-refusal]"), told, (other) => { dialog.close(); again(other); });
  dialog.showModal();
}
