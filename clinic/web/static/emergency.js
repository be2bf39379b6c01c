// While the telephone dials 911, the clinic hears of it, too: the link sends the form that its button would send.

for (const link of document.querySelectorAll("a[data-also]")) {
  link.addEventListener("click", () => {
    const form = document.forms[link.dataset.also];
    if (form) fetch(form.action, { method: "post", body: new URLSearchParams(new FormData(form)), keepalive: true, redirect: "manual" });
  });
}
