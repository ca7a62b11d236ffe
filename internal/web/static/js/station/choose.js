// The shelf: one tap adds one, and what remains is told at once. Without this file the quantities are typed and the
// next page adds up.
import { formatPoints } from "./amount.js";
import { draft } from "./draft.js";

const page = document.querySelector("[data-choose]");
const form = page.querySelector("form.shelf");
const items = [...form.querySelectorAll("[data-item]")].map(itemOf);
const claims = [...form.querySelectorAll("[data-claim]")];
const balance = BigInt(page.dataset.balance);

function itemOf(card) {
  return {
    card,
    field: card.querySelector("input"),
    steps: [...card.querySelectorAll("[data-step]")],
    price: BigInt(card.dataset.price),
    left: Number(card.dataset.left),
  };
}

const wanted = (field) => (/^\d{1,4}$/.test(field.value.trim()) ? Number(field.value) : 0);

/** Adds up what was chosen, and lets each button do only what the points and the shelf allow. */
function show() {
  const chosen = claims.filter((c) => c.checked);
  const want = items.reduce((sum, i) => sum + i.price * BigInt(wanted(i.field)), 0n);
  const held = chosen.reduce((sum, c) => sum + BigInt(c.dataset.claim), 0n);
  const pieces = items.reduce((n, i) => n + wanted(i.field), 0) + chosen.reduce((n, c) => n + Number(c.dataset.pieces), 0);
  const rest = balance - want;
  for (const i of items) {
    const n = wanted(i.field);
    i.card.toggleAttribute("data-in-cart", n > 0);
    for (const b of i.steps) b.disabled = b.dataset.step === "1" ? n >= i.left || i.price > rest : n < 1;
  }
  put("rest", formatPoints(rest));
  put("pieces", `${pieces} ×`);
  put("cost", formatPoints(want + held));
  const next = form.querySelector("[data-next]");
  if (!next) return;
  form.querySelector("[data-chosen]").hidden = pieces === 0;
  next.setAttribute("aria-disabled", String(pieces === 0 || rest < 0n));
}

function put(name, words) {
  for (const e of form.querySelectorAll(`[data-${name}]`)) if (!("item" in e.dataset) && e.tagName !== "INPUT") e.textContent = words;
}

form.addEventListener("click", (e) => {
  const step = e.target.closest("[data-step]");
  if (!step) return;
  const { field } = items.find((i) => i.steps.includes(step));
  field.value = wanted(field) + Number(step.dataset.step);
  field.removeAttribute("aria-invalid");
  show();
  const says = form.querySelector("[data-says]");
  says.textContent = `${field.value}. ${form.querySelector("[data-remains]").textContent.trim()}`;
});
form.addEventListener("input", show);
form.addEventListener("change", show);

// Quantities of none are not sent: the address says what was chosen and no more.
form.addEventListener("formdata", (e) => {
  for (const [name, value] of [...e.formData]) if (name.startsWith("q-") && /^\s*0*\s*$/.test(value)) e.formData.delete(name);
});

const before = draft(`redeem:${page.dataset.resident}`).load();
if (before) {
  page.querySelector("[data-resume]").href = before.action;
  page.querySelector("[data-restored]").hidden = false;
}
for (const i of items) for (const b of i.steps) b.hidden = false;
for (const e of form.querySelectorAll("[data-remains]")) e.hidden = false;
show();
addEventListener("pageshow", show); // back from the next page: the browser has filled the fields in again
