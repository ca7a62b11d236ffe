// The bell of an open page: shows what is new without a reload. Pages work without this file.

const status = document.getElementById("bell");

/** Between two questions where there is no stream, and before the stream is tried again. */
const ASK = 60_000;

let unread = Number(status.dataset.unread);
let stream = null;
let timer = 0;

function listen() {
  stop();
  if (document.hidden) return; // visibilitychange comes back to it
  if (!window.EventSource) return later();
  stream = new EventSource(status.dataset.stream);
  stream.onmessage = (event) => show(JSON.parse(event.data));
  stream.onerror = () => {
    if (stream?.readyState === EventSource.CLOSED) later(); // refused; one that broke is opened anew by the browser
  };
}

function stop() {
  clearTimeout(timer);
  stream?.close();
  stream = null;
}

function later() {
  stop();
  timer = setTimeout(ask, ASK);
}

async function ask() {
  try {
    const answer = await fetch(status.dataset.ask, { headers: { Accept: "application/json" } });
    if (answer.status === 401 || answer.status === 403) return; // nobody is signed in any more
    if (answer.ok) show(await answer.json());
  } catch {
    return later(); // no signal: the next time, perhaps
  }
  listen();
}

function show(state) {
  for (const bell of document.querySelectorAll("[data-bell]")) {
    bell.setAttribute("aria-label", state.label);
    let count = bell.querySelector(".dot-count");
    if (!state.shown) {
      count?.remove();
      continue;
    }
    if (!count) {
      count = document.createElement("span");
      count.className = "dot-count num";
      count.setAttribute("aria-hidden", "true");
      bell.append(count);
    }
    count.textContent = state.shown;
  }
  for (const words of document.querySelectorAll("[data-bell-words]")) words.textContent = state.label;
  if (state.unread === unread) return;
  if (state.unread > unread) status.textContent = state.label;
  unread = state.unread;
  renew();
}

// A list of notices that stands open is read anew; one that somebody is in stays as it is.
function renew() {
  const list = document.querySelector("[data-told]");
  if (!list) return;
  const request = new XMLHttpRequest();
  request.open("GET", location.href);
  request.responseType = "document"; // read by the browser: no string of ours becomes markup
  request.onload = () => {
    const next = request.status === 200 && request.response?.querySelector("[data-told]");
    if (next && list.isConnected && !list.contains(document.activeElement)) list.replaceWith(document.adoptNode(next));
  };
  request.send();
}

document.addEventListener("visibilitychange", listen);
addEventListener("pagehide", stop);
addEventListener("pageshow", (event) => event.persisted && listen());
listen();
