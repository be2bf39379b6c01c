// Opens the page anew once a wait is over; without this, the button on the page does the same.

document.addEventListener("hold-ended", (event) => {
  if (event.target.closest("[data-wait]")) setTimeout(() => location.reload(), 1500);
});
