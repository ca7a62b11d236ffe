// What a reservation costs and leaves, told while the number is chosen: in the page of the act, and where app.js shows
// its form over another page. The server counts again; without this file the two steps are links to the same page.
import { formatPoints } from "./station/amount.js";

document.addEventListener("click", (event) => {
  const step = event.target.closest("form[data-reserve] [data-step]");
  if (!step) return;
  event.preventDefault();
  const form = step.closest("form");
  const quantity = form.elements.quantity;
  const next = (Number.parseInt(quantity.value, 10) || 0) + Number(step.dataset.step);
  quantity.value = Math.max(1, Math.min(next, Number(quantity.max)));
  show(form);
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-reserve]");
  if (form) show(form);
});

/** Another place has another stock; points buy so many at the most. */
function show(form) {
  const { quantity } = form.elements;
  const place = form.querySelector("[name=place]:checked");
  if (place?.dataset.most) quantity.max = place.dataset.most;
  if (!/^\d{1,5}$/.test(quantity.value)) return;
  const cost = BigInt(form.dataset.price) * BigInt(quantity.value);
  for (const out of form.querySelectorAll("[data-cost]")) out.textContent = formatPoints(cost);
  form.querySelector("[data-rest]").textContent = formatPoints(BigInt(form.dataset.have) - cost).replace("-", "−");
}
