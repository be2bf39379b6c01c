// A visit lifted from its place: where its shadow is, one step by keyboard, dropping it and giving up.

import { clock, move, nameOf, putBack, say } from "./board-ask.js";

const QUARTER = 15;
export let lift = null;

export const isLifted = () => Boolean(lift);
export const bodies = () => [...document.querySelectorAll(".column-body")];
export const instant = (body, minute) => (Number(body.dataset.top) + minute * 60) * 1000;
export const put = (element, minute) => { element.style.setProperty("--h", Math.floor(minute / 60)); element.style.setProperty("--m", minute % 60); };

export function minuteAt(body, y) {
  const box = body.getBoundingClientRect();
  return ((y - box.top) / box.height) * Number(body.dataset.long);
}

function ghostOf(block) {
  const ghost = document.createElement("div");
  ghost.className = `${block.className} ghost`;
  ghost.setAttribute("aria-hidden", "true");
  ghost.append(...[...block.children].filter((one) => !one.matches(".more")).map((one) => one.cloneNode(true)));
  for (const one of ghost.querySelectorAll("a")) { one.removeAttribute("id"); one.tabIndex = -1; one.inert = true; }
  return ghost;
}

export function raise(block, more = {}) {
  const body = block.closest(".column-body");
  const start = Math.round((Date.parse(block.querySelector("time").dateTime) / 1000 - Number(body.dataset.top)) / 60);
  lift = { block, body, home: body, start, minute: start, ghost: ghostOf(block), ...more };
  document.body.dataset.busy = "drag";
  block.classList.add("is-lifted");
  body.append(lift.ghost);
}

export function place(body, minute) {
  const last = Number(body.dataset.long) - QUARTER;
  lift.minute = Math.min(Math.max(Math.round(minute / QUARTER) * QUARTER, 0), last);
  if (lift.body !== body) body.append(lift.ghost);
  lift.body = body;
  put(lift.ghost, lift.minute);
  lift.ghost.querySelector(".visit-time").textContent = clock(instant(body, lift.minute));
}

export function giveUp() {
  if (!lift) return;
  lift.ghost.remove();
  lift.block.classList.remove("is-lifted");
  delete document.body.dataset.busy;
  lift = null;
}

async function send(block, fields, ghost) {
  const told = await move(block, { tell: "yes", ...fields });
  if (told.ok) { say(told.said); return; }
  ghost?.remove();
  block.classList.remove("is-lifted");
  putBack(block, told, ({ physician, starts_at }) => send(block, { physician, starts_at }));
}

export function drop() {
  const { block, body, home, start, minute, ghost } = lift;
  if (body === home && minute === start) { giveUp(); return; }
  lift = null;
  send(block, { physician: body.dataset.physician, starts_at: new Date(instant(body, minute)).toISOString() }, ghost);
}

// One step of the keyboard; says where the visit would be.
export function shift(block, key) {
  if (!lift) raise(block);
  const all = bodies();
  const across = { ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0;
  const down = { ArrowUp: -QUARTER, ArrowDown: QUARTER }[key] ?? 0;
  place(all[Math.min(Math.max(all.indexOf(lift.body) + across, 0), all.length - 1)], lift.minute + down);
  lift.ghost.scrollIntoView({ block: "nearest", inline: "nearest" });
  say(`${nameOf(lift.block)}: to ${lift.body.dataset.name}, ${clock(instant(lift.body, lift.minute))}. Enter drops it, Escape gives up.`);
}
