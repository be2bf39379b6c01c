// Shows while somebody types how a text would arrive. Without this script the button "Preview" does it.
// The answer is parsed by the request itself, so no text becomes markup through a script.

const QUIET_MILLISECONDS = 400;
const button = document.querySelector("button[data-preview]");
const said = document.querySelector("[data-preview-said]");
let request = null;
let timer = 0;

function put(answer) {
  const id = button.dataset.preview;
  const fresh = answer?.getElementById(id);
  if (!fresh) return;
  document.getElementById(id).replaceWith(document.adoptNode(fresh));
  const words = [...fresh.querySelectorAll("[data-said]")].map((one) => one.dataset.said).join(" ");
  if (said.textContent !== words) said.textContent = words;
}

function ask() {
  clearTimeout(timer);
  request?.abort();
  request = new XMLHttpRequest();
  request.open("post", button.formAction);
  request.responseType = "document";
  request.setRequestHeader("X-Fragment", "1");
  request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
  request.onload = (event) => put(event.target.responseXML);
  request.send(new URLSearchParams(new FormData(button.form)).toString());
}

if (button) {
  button.form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, QUIET_MILLISECONDS);
  });
  button.addEventListener("click", (event) => {
    event.preventDefault();
    ask();
  });
}
