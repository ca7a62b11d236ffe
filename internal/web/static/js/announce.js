// A bulk notice while it is written: whom it reaches, what it costs and how long its texts are, as the server counts them.
// The form is sent as it stands with do=count, and the parts marked data-counted are replaced. Without this file the
// page's own buttons do it.

/** How long after the last key, in milliseconds. */
const REST = 500;

const form = document.querySelector("form[data-count]");
let timer = 0;
let asked = null;

function count() {
  asked?.abort(); // an answer to older words is worth nothing
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "count");
  asked = new XMLHttpRequest();
  asked.open("POST", location.pathname);
  asked.responseType = "document"; // read by the browser: no string of ours becomes markup
  asked.onload = ({ target }) => target.status === 200 && target.response && show(target.response);
  asked.send(body);
}

function show(page) {
  for (const old of form.querySelectorAll("[data-counted]")) {
    const fresh = page.getElementById(old.id);
    if (!fresh) continue;
    const within = old.contains(document.activeElement) ? document.activeElement.id : "";
    for (const box of old.querySelectorAll("input[type=checkbox]")) {
      const same = page.getElementById(box.id);
      if (same) same.checked = box.checked; // ticked since it was asked
    }
    old.replaceWith(document.adoptNode(fresh));
    if (within) document.getElementById(within)?.focus();
  }
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(count, REST);
}

form.addEventListener("input", later);
form.addEventListener("change", later);
