// The scan page: shows the camera, reads QR codes, asks the server who it is and goes there.
// Typing and searching are plain forms that work without this file.
import { CameraError, openCamera } from "./camera.js";
import { openDecoder } from "./decoder.js";
import { beep, setSounding, sounding } from "./signal.js";
import { newKey, send } from "./send.js";

/** Time between two looks at the picture, and before the same code counts again, in milliseconds. */
const LOOK_EVERY = 150;
const SAME_CODE = 4_000;

const page = document.querySelector("[data-scan]");
const video = page.querySelector("video");
const says = page.querySelector("[data-says]");
const torch = page.querySelector("[data-torch]");
const sound = page.querySelector("[data-sound]");
const again = page.querySelector("[data-again]");
const field = page.querySelector("[data-code]");
const text = page.dataset;

let camera = null;
let decoder = null;
let opening = false;
let asking = false;
let last = { code: "", at: 0 };

/** Opens the camera unless it is open, and looks until it is closed. */
async function start() {
  if (camera || opening || document.hidden) return;
  opening = true;
  again.hidden = true;
  say(text.sayOpening);
  try {
    const [opened, read] = await Promise.all([openCamera(video), (decoder ??= openDecoder())]);
    camera = opened;
    showTorch();
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

function stop() {
  camera?.stop();
  camera = null;
  torch.hidden = true;
  page.classList.remove("scanning");
}

/** The page works on without a camera: says why, offers another try, and puts the cursor into the code. */
function refuse(e) {
  decoder = null; // a decoder that could not be loaded is asked for again
  stop();
  const reason = e instanceof CameraError ? e.reason : "decoder";
  say(text[`camera${reason[0].toUpperCase()}${reason.slice(1)}`], "bad");
  again.hidden = reason === "insecure" || reason === "missing";
  field.focus();
}

async function look(opened, read) {
  while (camera === opened) {
    const code = asking || video.readyState < 2 ? "" : await read(video).catch(() => "");
    if (code && camera === opened && fresh(code)) await ask(code);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

function fresh(code) {
  const now = performance.now();
  if (code === last.code && now - last.at < SAME_CODE) {
    last.at = now;
    return false;
  }
  last = { code, at: now };
  return true;
}

/** Asks who the card belongs to. A refusal is told in the finder, and the camera looks on. */
async function ask(code) {
  asking = true;
  say(text.sayAsking);
  const body = new URLSearchParams({ q: code, key: newKey() }); // a live code counts once, however often it is sent
  const answer = await send(text.find, { method: "POST", body }, () => say(text.sayNoSignal, "wait"));
  asking = false;
  beep(answer.ok);
  if (answer.ok) return location.assign(answer.body.location);
  if (answer.status === 401 && answer.body.location) return location.assign(answer.body.location);
  say(answer.body.message ?? text.sayFailed, "bad");
}

function say(words, mood = "") {
  says.textContent = words;
  says.dataset.mood = mood;
}

function showTorch() {
  torch.hidden = !camera.torch;
  torch.setAttribute("aria-pressed", "false");
}

torch.addEventListener("click", async () => {
  const on = torch.getAttribute("aria-pressed") !== "true";
  await camera?.torch?.(on).then(() => torch.setAttribute("aria-pressed", String(on)), () => (torch.hidden = true));
});

sound.hidden = false;
sound.setAttribute("aria-pressed", String(sounding()));
sound.addEventListener("click", () => {
  setSounding(!sounding());
  sound.setAttribute("aria-pressed", String(sounding()));
});

const showSignal = () => (page.querySelector("[data-offline]").hidden = navigator.onLine);
addEventListener("online", showSignal);
addEventListener("offline", showSignal);
showSignal();

again.addEventListener("click", start);
page.querySelector("[data-type]").addEventListener("click", (e) => {
  e.preventDefault();
  field.scrollIntoView({ block: "center" });
  field.focus({ preventScroll: true });
});

// A keyboard, or a barcode scanner that types: what is typed anywhere lands in the code field.
document.addEventListener("keydown", (e) => {
  const typing = e.target.closest("input, textarea, select, button, a");
  if (!typing && e.key.length === 1 && !e.ctrlKey && !e.altKey && !e.metaKey) field.focus();
});

document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
addEventListener("pagehide", stop);
addEventListener("pageshow", start);
start();
