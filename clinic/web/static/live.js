// Keeps a page that stays open all day current. An element with data-live="address" is asked about every 20 seconds;
// when the answer's {"pulse"} is another one, the page itself is fetched and the parts of data-live-target take the
// place of the old ones. Never while somebody types in them or document.body.dataset.busy is set.

import { board, make, say, tell } from "./live-notice.js";
import { isInUse, put } from "./live-swap.js";

const EVERY = 20_000;
const SOON = 1_000;
const FAILURES_TOLD = 3;

function ask(url, type) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("get", url);
    request.responseType = type;
    request.timeout = EVERY;
    request.setRequestHeader("X-Fragment", "1");
    // The page asks by itself: nobody is at work because of this, so the session is not lengthened.
    request.setRequestHeader("X-Live", "1");
    if (type === "json") request.setRequestHeader("Accept", "application/json");
    request.onload = () => resolve(request);
    request.onerror = request.ontimeout = reject;
    request.send();
  });
}

function keep(start) {
  const id = CSS.escape(start.id);
  const find = () => document.querySelector(`#${id}[data-live]`);
  let pulse = start.dataset.livePulse ?? "";
  let failures = 0;
  let timer = 0;
  let isAsking = false;
  let isDue = false;
  let isWanted = false; // Somebody asked for a look while one was under way, which may have come too early.

  const targets = (element) => (element.dataset.liveTarget ?? `#${id}`).split(",").map((one) => one.trim());
  const isBusy = (element) => Boolean(document.body.dataset.busy) || Boolean(document.querySelector("dialog[open]"))
    || targets(element).some((one) => { const part = document.querySelector(one); return part && isInUse(part); });

  function next(wait) {
    clearTimeout(timer);
    timer = setTimeout(turn, wait);
  }

  function end(element) {
    if (isBusy(element)) { timer = setTimeout(() => end(element), SOON); return; }
    // Whoever comes to this screen now is not signed in, so the patients' names leave it.
    for (const one of targets(element)) document.querySelector(one)?.replaceChildren();
  }

  function stop(element, status) {
    document.removeEventListener("visibilitychange", turn);
    document.removeEventListener("live:ask", turn);
    if (status !== 401) { tell("This page no longer updates by itself. Reload it."); return; }
    const href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
    tell("You were signed out, so this page no longer updates. ", make("a", { href }, "Sign in"));
    end(element);
  }

  async function renew(element, seen) {
    const answer = await ask(location.href, "document");
    if (answer.status !== 200) return answer.status;
    const current = find();
    // Somebody may have begun to type while the answer was on its way.
    if (!current || isBusy(current)) return 0;
    const pairs = targets(current).map((one) => [document.querySelector(one), answer.responseXML?.querySelector(one)]);
    const fresh = pairs.filter(([old, young]) => old && young).map(([old, young]) => put(old, young));
    pulse = find()?.dataset.livePulse ?? seen;
    isDue = false;
    const count = fresh.reduce((sum, one) => sum + one, 0);
    if (count) say((element.dataset.liveSays ?? "{n} new").replace("{n}", count));
    return 200;
  }

  async function look(element) {
    const answer = await ask(element.dataset.live, "json");
    if (answer.status !== 200 || answer.responseURL.includes("/sign-in")) return answer.status === 200 ? 401 : answer.status;
    const seen = answer.response?.pulse ?? pulse;
    if (!pulse) pulse = seen;
    isDue = seen !== pulse;
    if (!isDue) return 200;
    return isBusy(element) ? 0 : renew(element, seen);
  }

  async function turn() {
    const element = find();
    isWanted = isAsking;
    if (!element || isAsking) return;
    if (document.hidden) { clearTimeout(timer); return; }
    if (isDue && isBusy(element)) { next(SOON); return; }
    isAsking = true;
    let status = -1;
    try { status = await look(element); } catch { /* The next turn tries again. */ } finally { isAsking = false; }
    if ([401, 403, 404].includes(status)) { clearTimeout(timer); stop(element, status); return; }
    failures = status === 200 || status === 0 ? 0 : failures + 1;
    if (failures >= FAILURES_TOLD) tell("No news is coming in. Check your connection; the page keeps trying.");
    else if (!failures) tell();
    next(status === 0 || isWanted ? SOON : Number(element.dataset.liveEvery ?? 0) * 1000 || EVERY);
  }

  document.addEventListener("visibilitychange", turn);
  document.addEventListener("live:ask", turn);
  next(Number(start.dataset.liveEvery ?? 0) * 1000 || EVERY);
}

const kept = document.querySelectorAll("[data-live][id]");
if (kept.length) document.getElementById("main")?.before(board);
for (const element of kept) keep(element);
