// A button that copies the text of a box. Without it the text is selected and copied by hand.

for (const button of document.querySelectorAll("[data-copy]")) {
  const box = document.getElementById(button.dataset.copy);
  const told = document.querySelector("[data-copied]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    box.select();
    try {
      await navigator.clipboard.writeText(box.value);
      told.textContent = "Copied.";
    } catch {
      told.textContent = "The address is selected. Copy it with your keyboard.";
    }
  });
}
