// The board: arrow keys walk the visits and the free times, an empty place opens a booking.

import { clock, say } from "./board-ask.js";
import { openBook, openMove } from "./board-dialogs.js";
import "./board-drag.js";
import "./board-memory.js";
import { compare, tick } from "./board-news.js";
import { bodies, drop, giveUp, instant, isLifted, minuteAt, put, shift } from "./board-lift.js";

const QUARTER = 15;
const board = () => document.getElementById("board");
const items = (root = board()) => [...root.querySelectorAll(".visit, .free")];

function settle(active = document.activeElement) {
  const all = items();
  const current = all.includes(active) ? active : all[0];
  for (const one of board().querySelectorAll(".visit, .free, .more")) one.tabIndex = one === current ? 0 : -1;
}

function walk(from, key) {
  const columns = bodies();
  const own = items(from.closest(".column-body"));
  if (key === "ArrowUp" || key === "ArrowDown") return own[own.indexOf(from) + (key === "ArrowUp" ? -1 : 1)];
  const to = key === "ArrowLeft" ? -1 : 1;
  const y = from.getBoundingClientRect().top;
  const near = (one) => Math.abs(one.getBoundingClientRect().top - y);
  for (let at = columns.indexOf(from.closest(".column-body")) + to; columns[at]; at += to) {
    const [first] = items(columns[at]).sort((one, other) => near(one) - near(other));
    if (first) return first;
  }
  return null;
}

function onKey(event) {
  const from = event.target.closest?.(".visit, .free");
  const isArrow = event.key.startsWith("Arrow");
  const block = from?.closest(".block[data-version]");
  if (isLifted() && event.key === "Escape") { giveUp(); say("It stays where it was."); }
  else if (isLifted() && event.key === "Enter") drop();
  else if (!from || event.ctrlKey || event.metaKey || event.shiftKey) return;
  else if (isArrow && (isLifted() || event.altKey)) { if (block || isLifted()) shift(block, event.key); else say("This visit cannot be moved."); }
  else if (isArrow) { const next = walk(from, event.key); if (next) { settle(next); next.focus(); } }
  else if (event.key === "m" && block) openMove(block);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

const quarterAt = (body, y) => Math.max(0, Math.floor(minuteAt(body, y) / QUARTER) * QUARTER);
const emptyUnder = (target) => (target.closest?.(".visit, .more, .ghost, h2") ? null : target.closest?.(".column-body"));

function onClick(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const more = event.target.closest("[data-move]");
  const body = emptyUnder(event.target);
  if (more) openMove(more.closest(".block"));
  else if (body) {
    const free = event.target.closest(".free");
    const isKey = event.detail === 0 && free;
    openBook(body.dataset.physician, isKey ? Date.parse(new URL(free.href).searchParams.get("starts_at")) : instant(body, quarterAt(body, event.clientY)));
  } else return;
  event.preventDefault();
}

const spot = Object.assign(document.createElement("div"), { className: "spot" });
spot.setAttribute("aria-hidden", "true");

function onHover(event) {
  const body = event.pointerType === "mouse" && !document.body.dataset.busy && emptyUnder(event.target);
  if (!body) { spot.remove(); return; }
  const minute = quarterAt(body, event.clientY);
  if (spot.parentNode !== body) body.append(spot);
  put(spot, minute);
  spot.textContent = `+ ${clock(instant(body, minute))}`;
}

if (board()) {
  settle();
  const line = board().querySelector(".now") ?? board().querySelector(".block, .gap");
  if (line) board().scrollTop = line.offsetTop - 90;
  document.body.dataset.ready = "";
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("click", (event) => { if (event.target.closest("#board")) onClick(event); });
  document.addEventListener("pointermove", onHover);
  document.addEventListener("focusin", (event) => { if (event.target.matches(".visit, .free")) settle(event.target); });
  document.addEventListener("live:swapped", (event) => { if (event.target.id === "board") { settle(); compare(); tick(); } });
}
