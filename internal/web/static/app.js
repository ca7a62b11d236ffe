// Small comforts for every page. Pages work without this file.

document.documentElement.classList.add("js");

// A link with data-dialog leads to the page of one act. Here the act's form comes over
// this page instead; when that fails in any way, the link is simply followed.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  showAct(link.href).catch(() => location.assign(link.href));
});

async function showAct(address) {
  const answer = await fetch(address);
  if (!answer.ok || answer.redirected) throw new Error("not an act");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const form = document.adoptNode(page.querySelector("main form[method=post]"));
  form.action = address;
  form.className = "modal-box grid gap-4";
  const title = form.querySelector("h1");
  title.className = "text-lg";
  title.id = "act-title";
  const dialog = document.createElement("dialog");
  dialog.className = "modal max-md:modal-bottom";
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(form);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  form.querySelector("textarea, input:not([type=hidden]), button")?.focus();
}

document.addEventListener("click", (event) => {
  const dialog = event.target.closest("dialog[open]");
  if (dialog && (event.target === dialog || event.target.closest("[data-close]"))) {
    event.preventDefault();
    dialog.close();
  }
});

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest(".notice")?.remove();
});

// A form is sent once: a second press while the first is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  queueMicrotask(() => {
    if (event.defaultPrevented) return;
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
  });
});

// Coming back by the browser's own button finds forms ready again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

// Menus close by Escape and by a click elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu-drop[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu-drop[open]")) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
  if (location.hash === "#side-menu") location.hash = "#main";
});

// What went wrong is read first.
document.querySelector("[data-focus]")?.focus();
