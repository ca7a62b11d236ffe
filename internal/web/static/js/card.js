// The sign-in page's camera: reads a card and hands it to the form that fills in the username.
// The form works without this file; a card alone signs nobody in.
import { CameraError, openCamera } from "./station/camera.js";
import { openDecoder } from "./station/decoder.js";

/** Time between two looks at the picture, in milliseconds. */
const LOOK_EVERY = 150;

const page = document.querySelector("[data-card]");
const video = page.querySelector("video");
const says = page.querySelector("[data-says]");
const again = page.querySelector("[data-again]");
const form = page.querySelector("form");
const text = page.dataset;

let camera = null;
let opening = false;

async function start() {
  if (camera || opening || document.hidden) return;
  opening = true;
  again.hidden = true;
  say(text.sayOpening);
  try {
    const [opened, read] = await Promise.all([openCamera(video), openDecoder()]);
    camera = opened;
    page.classList.add("scanning");
    say(text.sayHold);
    look(opened, read);
  } catch (e) {
    refuse(e);
  } finally {
    opening = false;
  }
  if (document.hidden) stop();
}

async function look(opened, read) {
  while (camera === opened) {
    const code = video.readyState < 2 ? "" : await read(video).catch(() => "");
    if (code && camera === opened) return send(code);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

function send(code) {
  stop();
  form.elements.card.value = code;
  form.requestSubmit();
}

function stop() {
  camera?.stop();
  camera = null;
  page.classList.remove("scanning");
}

/** Says why there is no picture; the code can be typed. */
function refuse(e) {
  stop();
  const reason = e instanceof CameraError ? e.reason : "decoder";
  say(text[`camera${reason[0].toUpperCase()}${reason.slice(1)}`], "bad");
  again.hidden = reason === "insecure" || reason === "missing";
}

function say(words, mood = "") {
  says.textContent = words;
  says.dataset.mood = mood;
}

again.addEventListener("click", start);
document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
addEventListener("pagehide", stop);
addEventListener("pageshow", start);
start();
