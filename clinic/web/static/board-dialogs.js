// The dialogs of the board: another place for a visit, and a booking at an empty one.

import { byId, make, mine, move, nameOf, post, tell, toast, UNDO_AT_LEAST, zone } from "./board-ask.js";

// Puts a physician and an instant into a dialog's boxes, by the clinic's clock.
function fill(form, physician, ms) {
  const [day, time] = new Date(ms).toLocaleString("sv-SE", { timeZone: zone() }).split(" ");
  form.elements.physician.value = physician;
  form.elements.on.value = day;
  form.elements.at.value = time.slice(0, 5);
}

const fieldsOf = (form) => Object.fromEntries(new FormData(form));
const takeInto = (form) => (other) => { fill(form, other.physician, Date.parse(other.starts_at)); form.requestSubmit(); };

export function openMove(block) {
  const dialog = byId("move-dialog");
  const form = byId("form-board-move");
  const refusal = dialog.querySelector("[data-refusal]");
  form.reset();
  refusal.replaceChildren();
  fill(form, block.closest("[data-physician]").dataset.physician, Date.parse(block.querySelector("time").dateTime));
  dialog.querySelector("[data-about]").textContent = nameOf(block);
  dialog.querySelector("[data-page]").href = block.querySelector("[data-move]").href;
  form.onsubmit = async (event) => {
    event.preventDefault();
    const told = await move(block, { ...fieldsOf(form), version: block.dataset.version });
    if (told.ok) dialog.close(); else tell(refusal, told, takeInto(form));
  };
  dialog.showModal();
}

const bookParts = () => ["form", "[data-picked]", "[data-over]", "[data-refusal]"].map((one) => byId("book-dialog").querySelector(`.dialog-body ${one}`));

// Shows who was picked in place of the search, with a way back to it.
function pick({ href, name }) {
  const form = byId("form-board-book");
  const [finder, picked] = bookParts();
  const again = () => { finder.hidden = false; picked.hidden = true; finder.elements.q.select(); };
  form.elements.patient.value = href.split("/").at(-1);
  picked.replaceChildren(`${name} `, make("button", "Change", { type: "button", className: "button is-quiet", onclick: again }));
  [picked.hidden, finder.hidden] = [false, true];
  form.elements.type.focus();
}

byId("book-dialog")?.addEventListener("typeahead:pick", ({ detail }) => pick(detail));

export function openBook(physician, ms) {
  const dialog = byId("book-dialog");
  const form = byId("form-board-book");
  const [finder, picked, over, refusal] = bookParts();
  form.reset();
  form.elements.patient.value = "";
  finder.elements.q.value = "";
  refusal.replaceChildren();
  [picked.hidden, over.hidden, finder.hidden] = [true, true, false];
  fill(form, physician, ms);
  form.onsubmit = async (event) => {
    event.preventDefault();
    const told = await post(form.action, fieldsOf(form));
    if (told.ok) { mine.add(told.visit); dialog.close(); toast(told.said, UNDO_AT_LEAST); return; }
    tell(refusal, told, takeInto(form));
    over.hidden = !told.overbook;
    over.querySelector("[data-below]").textContent = told.overbook ?? "";
  };
  dialog.showModal();
  finder.elements.q.focus();
}
