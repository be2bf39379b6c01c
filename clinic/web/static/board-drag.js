// Lifts a visit with the mouse or a held finger (400 ms) and carries it over the board.

import { bodies, drop, giveUp, lift, minuteAt, place, raise } from "./board-lift.js";

const HOLD = 400;
const SLACK = 6;
const EDGE = 44;

function follow() {
  const { x, y, grab } = lift;
  const all = bodies();
  const body = all.find((one) => { const box = one.getBoundingClientRect(); return x >= box.left && x < box.right; });
  place(body ?? lift.body, minuteAt(body ?? lift.body, y) - grab);
}

// Scrolls while the visit is held near an edge of the board.
function creep() {
  if (!lift?.pointer) return;
  const board = document.getElementById("board");
  const box = board.getBoundingClientRect();
  // Only towards an edge that it was carried to: where it was lifted may lie near one already.
  const pull = (at, from, [low, high]) => (at < Math.min(low + EDGE, from - SLACK) ? -10 : at > Math.max(high - EDGE, from + SLACK) ? 10 : 0);
  const [left, top] = [pull(lift.x, lift.fromX, [box.left + 56, box.right]), pull(lift.y, lift.fromY, [box.top + 36, box.bottom])];
  if (left || top) { board.scrollBy(left, top); follow(); }
  requestAnimationFrame(creep);
}

let press = null;
let isSwallowing = false;

function begin() {
  const { block, x, y, pointer } = press;
  press = null;
  if (!block.isConnected || document.body.dataset.busy) return;
  const grab = minuteAt(block.closest(".column-body"), y);
  raise(block, { pointer, x, y, fromX: x, fromY: y });
  lift.grab = grab - lift.start;
  requestAnimationFrame(creep);
}

function forget() {
  clearTimeout(press?.timer);
  press = null;
}

document.addEventListener("pointerdown", (event) => {
  const block = event.target.closest?.(".block[data-version]");
  isSwallowing = false;
  if (!block || event.button || !event.isPrimary || event.target.closest(".more") || lift) return;
  const isTouch = event.pointerType === "touch";
  press = { block, isTouch, x: event.clientX, y: event.clientY, pointer: event.pointerId };
  if (isTouch) press.timer = setTimeout(() => { begin(); navigator.vibrate?.(15); }, HOLD);
});

document.addEventListener("pointermove", (event) => {
  if (press && Math.hypot(event.clientX - press.x, event.clientY - press.y) > SLACK) { if (press.isTouch) forget(); else begin(); }
  if (lift?.pointer !== event.pointerId) return;
  Object.assign(lift, { x: event.clientX, y: event.clientY });
  follow();
});

document.addEventListener("pointerup", (event) => {
  forget();
  if (lift?.pointer !== event.pointerId) return;
  isSwallowing = true;
  drop();
});

document.addEventListener("pointercancel", () => { forget(); if (lift?.pointer) giveUp(); });
document.addEventListener("touchmove", (event) => { if (lift) event.preventDefault(); }, { passive: false });
document.addEventListener("contextmenu", (event) => { if (lift || press?.isTouch) event.preventDefault(); });
document.addEventListener("click", (event) => {
  if (!isSwallowing) return;
  isSwallowing = false;
  event.preventDefault();
  event.stopPropagation();
}, true);
