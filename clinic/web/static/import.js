// Sends a chosen file in pieces, since the clinic takes no multipart forms. Without this script rows are pasted.

const box = document.querySelector("[data-import]");
const form = box?.querySelector("form");
const bar = box?.querySelector("progress");
const words = box?.querySelector("[data-import-words]");
const stop = box?.querySelector("[data-import-stop]");
const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
let stopped = false;
let stopAt = "";

function say(sentence, isTrouble = false) {
  words.textContent = sentence;
  words.classList.toggle("error", isTrouble);
}

async function post(address, body, type = "application/x-www-form-urlencoded") {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": type, "X-CSRFToken": token, Accept: "application/json" },
    body,
    redirect: "error",
  });
  if (answer.status === 401) throw new Error("You were signed out. Sign in and choose the file again.");
  if (answer.status === 204) return null;
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.detail ?? "This did not work. Try again.");
  return said;
}

async function send(file) {
  const there = await post(form.action, new URLSearchParams({ file_name: file.name, size: file.size }));
  stopAt = there.stop;
  const count = Math.ceil(file.size / there.part_bytes);
  for (let position = 0; position < count && !stopped; position += 1) {
    const start = position * there.part_bytes;
    await post(there.part + position, file.slice(start, start + there.part_bytes), "text/csv");
    bar.value = (position + 1) / count;
    say(`Sending: ${Math.round(bar.value * 100)} %`);
  }
  if (stopped) return;
  const next = await post(there.check, new URLSearchParams({ part_count: count }));
  location.assign(next.page);
}

function rest() {
  bar.hidden = stop.hidden = true;
  form.querySelector("button").disabled = false;
}

async function run() {
  const file = form.elements.file.files[0];
  if (!file) { say("Choose a file first.", true); return; }
  stopped = false;
  stopAt = "";
  bar.value = 0;
  bar.hidden = stop.hidden = false;
  form.querySelector("button").disabled = true;
  say("Sending");
  try {
    await send(file);
    if (!stopped) return;
    say("Stopped. Nothing was taken in.");
  } catch (trouble) {
    const isOurs = trouble instanceof Error && !(trouble instanceof TypeError);
    say(isOurs ? trouble.message : "The connection broke. Choose the file again.", true);
  }
  if (stopAt) fetch(stopAt, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => null);
  rest();
}

if (box) {
  box.hidden = false;
  form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
  stop.addEventListener("click", () => { stopped = true; });
}
