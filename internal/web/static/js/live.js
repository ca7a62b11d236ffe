// The card page: fetches the live code anew when it has run out. Without this file a link does it.

/** A moment after the code ran out, so that the answer is the next one; and after a failure. */
const AFTER = 300;
const AGAIN = 5_000;

let timer = 0;

function wait() {
  clearTimeout(timer);
  const left = Number(document.querySelector("[data-live]")?.dataset.live);
  if (left > 0) timer = setTimeout(renew, left + AFTER);
}

function renew() {
  if (document.hidden) return; // visibilitychange comes back to it
  const request = new XMLHttpRequest();
  request.open("GET", location.pathname);
  request.responseType = "document"; // read by the browser: no string of ours becomes markup
  request.onload = () => {
    const next = request.status === 200 && request.response?.querySelector("[data-live]");
    if (!next) return later();
    const old = document.querySelector("[data-live]");
    const focused = old.contains(document.activeElement);
    old.replaceWith(document.adoptNode(next));
    if (focused) next.querySelector("a")?.focus();
    wait();
  };
  request.onerror = later;
  request.send();
}

/** Without a signal the old code stays; its time says that it is over. */
function later() {
  clearTimeout(timer);
  timer = setTimeout(renew, AGAIN);
}

document.addEventListener("visibilitychange", () => document.hidden || renew());
wait();
