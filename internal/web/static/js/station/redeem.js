// The page that confirms a reward: live cost and rest while the quantity changes, saved with a key that pays once.
// Without this file the quantity's buttons ask the server.
import { formatPoints } from "./amount.js";
import { draft } from "./draft.js";
import { submitter } from "./submit.js";

const form = document.querySelector("[data-redeem]");
const text = form.dataset;
const { key, quantity } = form.elements;
const price = BigInt(text.price);
const balance = BigInt(text.balance);
const most = Number(text.most);

/** What was sent and has no receipt yet. A page that is loaded meanwhile sends the same again, which counts once. */
const sent = draft(`redeem:${text.resident}:${text.item}`);

let saved = false;
const { save, refuse, forgive } = submitter(form, () => (saved = true));

const wanted = () => (/^\d{1,6}$/.test(quantity.value.trim()) ? Number(quantity.value) : 0);

function show() {
  const n = BigInt(wanted());
  put("cost", formatPoints(price * n));
  put("rest", formatPoints(balance - price * n));
  for (const b of form.querySelectorAll("[data-step]")) b.disabled = !possible(wanted() + Number(b.dataset.step));
}

const possible = (n) => n >= 1 && n <= most;

function put(name, words) {
  for (const e of form.querySelectorAll(`[data-${name}]`)) e.textContent = words;
}

form.addEventListener("click", (e) => {
  const step = e.target.closest("[data-step]");
  if (!step) return;
  e.preventDefault();
  forgive();
  quantity.value = wanted() + Number(step.dataset.step);
  show();
});
quantity.addEventListener("input", () => {
  forgive();
  show();
});

form.addEventListener("submit", async (e) => {
  e.preventDefault();
  if (wanted() < 1) return refuse("quantity", text.sayNeedQuantity);
  sent.save({ key: key.value, quantity: quantity.value, action: form.action });
  await save({ do: "save" });
  if (!saved) sent.clear();
});

addEventListener("pageshow", (e) => {
  if (e.persisted && saved) location.reload();
});

const before = sent.load();
if (before) {
  [key.value, quantity.value, form.action] = [before.key, before.quantity, before.action];
  form.querySelector("[data-restored]").hidden = false;
}
show();
