// Small comforts for every page. Pages work without this file.

document.documentElement.classList.add("js");

// A link or button with data-dialog="id" opens that <dialog> instead of the act's own page.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (!dialog?.showModal || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    dialog.showModal();
    return;
  }
  const closer = event.target.closest("[data-close]");
  if (closer) {
    const dialog = closer.closest("dialog");
    if (!dialog?.open) return;
    event.preventDefault();
    dialog.close();
    return;
  }
  if (event.target instanceof HTMLDialogElement && event.target.open) {
    event.target.close(); // a click beside the box
    return;
  }
  event.target.closest("[data-dismiss]")?.closest(".notice")?.remove();
});

// A form is sent once: a second press while the first is on its way does nothing. A form
// with data-confirm asks first.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (form.dataset.sent || (question && !confirm(question))) {
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

// A box with data-all="name" ticks all boxes of that name in its form or list.
document.addEventListener("change", (event) => {
  const all = event.target.closest?.("[data-all]");
  if (!all) return;
  const scope = all.closest("form") ?? document;
  for (const box of scope.querySelectorAll(`input[type="checkbox"][name="${CSS.escape(all.dataset.all)}"]`)) {
    box.checked = all.checked;
  }
});

// A select with data-submit sends its form when it changes.
document.addEventListener("change", (event) => {
  event.target.closest?.("[data-submit]")?.form?.requestSubmit();
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
