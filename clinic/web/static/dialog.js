// Opens a dialog in place of the page that a link leads to; without this script the link works as it is.

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  const dialog = link && document.getElementById(link.dataset.dialog);
  if (!dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  dialog.showModal();
});

// A form that came back with something to put right opens its dialog again.
document.querySelector("dialog:has([data-summary])")?.showModal();
