// The page that hands out: saved with a key that counts once, and with the resident's code where one is needed.
// Without this file the form does the same with a page in between.
import { draft } from "./draft.js";
import { submitter } from "./submit.js";

const form = document.querySelector("[data-redeem]");
const { key, code } = form.elements;
const proof = form.querySelector("[data-proof]");

/** What was sent and has no receipt yet. A page that is loaded meanwhile sends the same again, which counts once. */
const sent = draft(`redeem:${form.dataset.resident}`);

let saved = false;
const { save, refuse } = submitter(form, () => (saved = true));

form.addEventListener("submit", async (e) => {
  e.preventDefault();
  if (proof && !proof.hidden && !code.value && !e.submitter?.matches("[data-resend]")) return refuse("code", proof.dataset.sayNeed);
  sent.save({ key: key.value, action: form.action }); // the code stays out of what is kept
  if (!(await save({ do: "save" })) || saved) return;
  sent.clear();
  if (!form.querySelector('[data-error-for="code"]')?.hidden) ask();
});

/** Shows the field of the resident's code: the answer was that it is needed. */
function ask() {
  if (!proof) return;
  proof.hidden = false;
  code.value = "";
  code.focus();
}

const show = form.querySelector("[data-show]");
if (show) {
  show.hidden = false;
  show.addEventListener("click", () => {
    const shown = show.getAttribute("aria-pressed") !== "true";
    show.setAttribute("aria-pressed", String(shown));
    code.type = shown ? "text" : "password";
  });
}

addEventListener("pageshow", (e) => {
  if (e.persisted && saved) location.reload();
});

const before = sent.load();
if (before) {
  const same = before.action === form.action;
  if (same) key.value = before.key;
  const link = form.querySelector("[data-resume]");
  link.href = before.action;
  link.hidden = same; // another cart is looked at first
  form.querySelector("[data-resend]").hidden = !same;
  form.querySelector("[data-restored]").hidden = false;
}
