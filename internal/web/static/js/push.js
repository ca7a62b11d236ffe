// The page of push messages: what this browser can do, and the one button for it. The browser asks its question only
// after a press. Without this file the page lists the other browsers.

const box = document.querySelector("[data-push]");
const policy = window.trustedTypes?.createPolicy("worker", { createScriptURL: (url) => (url === "/sw.js" ? url : "") });
const worker = policy ? policy.createScriptURL("/sw.js") : "/sw.js";

/** Shows one of the states that the page has in store: each in words, with what to do. */
function show(state) {
  for (const part of box.querySelectorAll("[data-push-state]")) part.hidden = part.dataset.pushState !== state;
}

async function look() {
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return show("cannot");
  if (Notification.permission === "denied") return show("denied");
  const here = await subscription();
  show(here ? "on" : "off");
  for (const mark of document.querySelectorAll("[data-push-mark]")) mark.hidden = !here || mark.dataset.pushMark !== (await mark256(here.endpoint));
}

async function subscription() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return registration?.pushManager.getSubscription();
}

/** The list marks this browser without telling anybody's address. */
async function mark256(endpoint) {
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return Array.from(new Uint8Array(sum).slice(0, 8), (b) => b.toString(16).padStart(2, "0")).join("");
}

async function begin() {
  show("busy");
  if ((await Notification.requestPermission()) !== "granted") return look();
  const answer = await fetch("/push/key.json");
  if (!answer.ok) return show("failed");
  const { key } = await answer.json();
  await navigator.serviceWorker.register(worker, { scope: "/" });
  const registration = await navigator.serviceWorker.ready;
  const old = await registration.pushManager.getSubscription();
  if (old && !sameKey(old, key)) await old.unsubscribe(); // of another key: it would be refused
  const options = { userVisibleOnly: true, applicationServerKey: key };
  await send("/me/push/", await inTime(registration.pushManager.subscribe(options)));
}

/** A browser that does not reach its push service waits without an end. */
function inTime(answer) {
  return Promise.race([answer, new Promise((_, late) => setTimeout(late, 30_000))]);
}

function sameKey(old, key) {
  const used = String.fromCharCode(...new Uint8Array(old.options.applicationServerKey ?? []));
  return btoa(used).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "") === key;
}

async function end() {
  show("busy");
  const here = await subscription();
  await here?.unsubscribe();
  await send("/me/push/end/", { endpoint: here?.endpoint ?? "" });
}

/** Tells the server, and shows the page anew with what it says. */
async function send(address, body) {
  const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}`);
  location.reload();
}

function failed() {
  show("failed");
}

for (const [name, act] of [["begin", begin], ["end", end]]) {
  for (const button of box.querySelectorAll(`[data-push-${name}]`)) button.addEventListener("click", () => act().catch(failed));
}
look().catch(failed);
