// What changes on the board by itself: the red line of the present moment, and what colleagues did.

import { mine, say } from "./board-ask.js";
import { instant, put } from "./board-lift.js";

const FRESH = 4_000;
const started = Date.now();
const board = () => document.getElementById("board");
let looks = new Map();

export function tick() {
  const now = Number(board().dataset.now) * 1000 + Date.now() - started;
  for (const line of board().querySelectorAll(".now")) put(line, Math.floor((now - instant(line.parentNode, 0)) / 60_000));
}

function look() {
  const shape = (one) => [one.closest(".column").id, one.querySelector("time").dateTime, one.classList[1]].join();
  return new Map([...board().querySelectorAll(".block")].map((one) => [one.dataset.visit, shape(one)]));
}

// What a colleague changed is framed for a moment and said.
export function compare() {
  const before = looks;
  looks = look();
  const fresh = [...looks].filter(([id, shape]) => before.get(id) !== shape && !mine.has(id)).map(([id]) => id);
  const gone = [...before.keys()].filter((id) => !looks.has(id) && !mine.has(id)).length;
  for (const id of fresh) {
    const block = board().querySelector(`.block[data-visit="${id}"]`);
    block.classList.add("is-fresh");
    setTimeout(() => block.classList.remove("is-fresh"), FRESH);
  }
  mine.clear();
  if (fresh.length + gone) say(`The board changed: ${fresh.length + gone} ${fresh.length + gone === 1 ? "visit" : "visits"}.`);
}

if (board()) {
  looks = look();
  setInterval(tick, 20_000);
}
