// A saved reply goes into the box without a new page. Without this script its button does the same.

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-saved]");
  const box = button?.form.elements.namedItem("body");
  if (!box) return;
  event.preventDefault();
  box.value = box.value.trim() ? `${box.value.trim()} ${button.dataset.saved}` : button.dataset.saved;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
});

// Enter with Ctrl or Cmd sends, as in every program for letters.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.target.name !== "body") return;
  const button = event.target.form.querySelector("button[name=how]");
  event.preventDefault();
  event.target.form.requestSubmit(button);
});

// The talk begins at its end: the newest words are what one came for.
const newest = document.getElementById("newest");
const talk = document.getElementById("talk");
if (talk) talk.scrollTop = talk.scrollHeight;
if (newest && talk.scrollHeight <= talk.clientHeight && !location.hash && !document.querySelector("[data-summary]")) {
  if (matchMedia("(max-width: 62rem)").matches) newest.scrollIntoView({ block: "end" });
}
