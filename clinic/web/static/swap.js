// Replaces a part of the page: for forms with data-swap="#id" and for elements that refresh with data-poll="seconds".
// The answer is parsed by the request itself, so no text becomes markup through a script.

function ask(url, { method = "get", body = null } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.responseType = "document";
    request.setRequestHeader("X-Fragment", "1");
    if (body) request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    request.onload = () => resolve(request);
    request.onerror = reject;
    request.send(body);
  });
}

function put(answer, selector) {
  const fresh = answer.responseXML?.querySelector(selector);
  const old = document.querySelector(selector);
  if (!fresh || !old) return false;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  old.replaceWith(document.adoptNode(fresh));
  if (focused) document.getElementById(focused)?.focus();
  return true;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-swap]");
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  const isGet = form.method === "get";
  const url = isGet ? `${form.action.split("?")[0]}?${fields}` : form.action;
  try {
    const answer = await ask(url, isGet ? {} : { method: "post", body: fields.toString() });
    if (!put(answer, form.dataset.swap)) location.assign(isGet ? url : location.href);
    else if (isGet) history.replaceState(null, "", url);
  } catch {
    form.submit();
  } finally {
    delete form.dataset.sent;
  }
});

function poll(element) {
  const { id, dataset } = element;
  const timer = setInterval(async () => {
    const now = document.getElementById(id);
    if (!now) { clearInterval(timer); return; }
    if (document.hidden || now.contains(document.activeElement) || document.querySelector("dialog[open]")) return;
    try {
      const answer = await ask(dataset.url ?? location.href);
      if (answer.status === 401) { clearInterval(timer); location.reload(); return; }
      put(answer, `#${CSS.escape(id)}`);
    } catch { /* The next turn tries again. */ }
  }, Number(dataset.poll) * 1000);
}

for (const element of document.querySelectorAll("[data-poll][id]")) poll(element);
