// Keeps the line about calls that nobody has true on every page of staff, so that a page left open tells of a new one.

const EVERY = 15_000;
const line = document.getElementById("on-call-alarm");
let timer = 0;

function make(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function show({ words, href }) {
  const known = line.querySelector("a");
  if (!words) { line.replaceChildren(); return; }
  // The same words again are not read out again.
  if (known && known.getAttribute("href") === href && line.textContent.includes(words)) return;
  const glyph = make("span", { className: "glyph" }, "!");
  glyph.setAttribute("aria-hidden", "true");
  line.replaceChildren(make("p", { className: "alarm" }, glyph, ` ${words} `, make("a", { href }, "Open it")));
}

async function look() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    // The page asks by itself: nobody is at work because of this, so the session is not lengthened.
    const headers = { Accept: "application/json", "X-Fragment": "1", "X-Live": "1" };
    const answer = await fetch(line.dataset.url, { headers });
    if (answer.status === 401 || answer.redirected) { line.replaceChildren(); return; }
    if (answer.ok) show(await answer.json());
  } catch { /* The next look tries again. */ }
  timer = setTimeout(look, EVERY);
}

if (line) {
  document.addEventListener("visibilitychange", look);
  document.addEventListener("live:ask", look);
  timer = setTimeout(look, EVERY);
}
