// A collector's run: what became of a pick-up is saved without leaving the page before the server has answered. Without
// a signal it is sent again until somebody answers, after a reload too, with the moment of the tap.
import { draft, forget } from "./draft.js";
import { submitter } from "./submit.js";

for (const form of document.querySelectorAll("form[data-mark]")) ready(form);

// What was marked meanwhile needs no sending.
for (const stop of document.querySelectorAll("[data-stop]")) {
  if (!stop.querySelector("form")) forget(stop.dataset.stop);
}

function ready(form) {
  const kept = draft(`run:${new URL(form.action).pathname}`);
  const ahead = Date.parse(form.dataset.now) - Date.now(); // of this phone's clock
  const { save } = submitter(form, kept.clear, (to) => shown(form, to));

  async function mark() {
    if (form.getAttribute("aria-busy") === "true") return;
    if (!form.elements.at.value) form.elements.at.value = manila(Date.now() + ahead);
    kept.save(Object.fromEntries(new FormData(form)));
    await save({});
    if (form.querySelector("[data-problem] a:not([hidden])")) return; // signed out: it is sent again after signing in
    if (!form.querySelector(":is([data-problem], [data-error-for]):not([hidden])")) return;
    kept.clear(); // it was refused: what is on the page counts
    form.elements.at.value = "";
  }

  form.addEventListener("submit", (e) => {
    e.preventDefault();
    mark();
  });
  const before = kept.load();
  if (!before) return;
  for (const [name, value] of Object.entries(before)) form.elements[name].value = value;
  mark();
}

/** A moment as a field of times holds it, in Manila: that is eight hours ahead, all year. */
const manila = (ms) => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 16);

/** Shows what was saved: on the day's page in its place, from elsewhere by going there. */
function shown(form, to) {
  const stop = form.closest("[data-stop]");
  if (!stop) return location.replace(to);
  const request = new XMLHttpRequest();
  request.open("GET", location.href);
  request.responseType = "document"; // read by the browser: no string of ours becomes markup
  request.onload = () => {
    const fresh = request.status === 200 && request.response?.getElementById(stop.id);
    if (!fresh) return settle(form);
    const progress = request.response.getElementById("run-progress");
    if (progress) document.getElementById("run-progress").replaceWith(document.adoptNode(progress));
    stop.replaceWith(document.adoptNode(fresh));
    for (const again of fresh.querySelectorAll("form[data-mark]")) ready(again);
    fresh.focus({ preventScroll: true });
  };
  request.onerror = () => settle(form);
  request.send();
}

/** It is saved, and the page cannot be read anew now. */
function settle(form) {
  form.querySelector("[data-status]").textContent = form.dataset.saySaved;
}

const offline = document.querySelector("[data-offline]");
function tell() {
  if (offline) offline.hidden = navigator.onLine;
}
addEventListener("online", tell);
addEventListener("offline", tell);
tell();

// Back by the browser's own button: somebody may have marked meanwhile.
addEventListener("pageshow", (e) => {
  if (e.persisted) location.reload();
});
