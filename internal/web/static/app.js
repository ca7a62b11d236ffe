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
  const page = await fetchPage(address);
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
  // A field first, so that one can write at once; a form may name something else, where a phone's keyboard would cover the act.
  (form.querySelector("[data-first]") ?? form.querySelector("textarea, input:not([type=hidden]), button"))?.focus();
}

// A page that the browser reads for us: no string of ours becomes markup, and scripts in it do not run.
function fetchPage(address) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.responseType = "document";
    request.onload = () => (request.status === 200 && request.responseURL === address && request.response ? resolve(request.response) : reject(new Error("not an act")));
    request.onerror = () => reject(new Error("no answer"));
    request.send();
  });
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

document.addEventListener("click", (event) => {
  if (event.target.closest("button[data-print]")) print();
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

// A box under a password shows what is typed.
document.addEventListener("change", (event) => {
  const box = event.target.closest("input[data-reveal]");
  if (box) document.getElementById(box.dataset.reveal).type = box.checked ? "text" : "password";
});

// A text to send on goes to the phone's own list of ways, else it is copied.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-share]");
  if (!button) return;
  const text = button.dataset.share;
  if (navigator.share) {
    await navigator.share({ text }).catch(() => {}); // they thought better of it
    return;
  }
  await navigator.clipboard.writeText(text);
  const said = button.closest("section").querySelector("[data-shared]");
  if (said) said.textContent = said.dataset.shared;
});

// A button that has to wait counts the seconds. The server refuses it all the same.
for (const button of document.querySelectorAll("button[data-wait]")) {
  const text = button.textContent.trim();
  let left = Number(button.dataset.wait);
  const tick = () => {
    button.disabled = left > 0;
    button.textContent = left > 0 ? `${text} (${left})` : text;
    if (left-- > 0) setTimeout(tick, 1000);
  };
  tick();
}

// Parts that show work going on are read anew every few seconds, until they say no more.
// While nobody looks at the page they wait, and one that somebody is in stays as it is.
function keepLive() {
  if (!document.querySelector("[data-live]")) return;
  setTimeout(async () => {
    const page = document.hidden ? null : await fetchPage(location.href).catch(() => null); // the next time, perhaps
    for (const part of page ? document.querySelectorAll("[data-live]") : []) {
      const fresh = page.getElementById(part.id);
      if (fresh && !part.contains(document.activeElement)) part.replaceWith(document.adoptNode(fresh));
    }
    keepLive();
  }, 3000);
}
keepLive();

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

// On a phone the views of a list lie side by side: the chosen one comes into sight.
for (const chosen of document.querySelectorAll(".tabs-line [aria-current]")) {
  const tabs = chosen.parentElement;
  tabs.scrollLeft = chosen.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - chosen.offsetWidth) / 2;
}
