// Saves a form of the Station without leaving the page before the server has answered, and tells what went wrong.
import { beep } from "./signal.js";
import { newKey, send } from "./send.js";

/**
 * Makes a form save by itself. In the form: [data-status] for what is going on, [data-problem] for what went wrong
 * as a whole, [data-error-for=FIELD] for a field, and in data-* the sentences. Returns {save, refuse, forgive}.
 *
 * save(fields) sends the form with these fields added; the answer's "location" is where it goes on. saved() is called
 * before goOn() leads there. Errors come back beside their fields, and everything typed stays. It resolves to true once the
 * server has answered, and to false at once while an earlier tap still waits for that.
 */
export function submitter(form, saved, goOn = (to) => location.replace(to)) {
  const status = form.querySelector("[data-status]");
  const problem = form.querySelector("[data-problem]");
  let busy = false;

  function forgive() {
    problem.hidden = true;
    for (const e of form.querySelectorAll("[data-error-for]")) e.hidden = true;
    for (const e of form.querySelectorAll("[aria-invalid]")) e.removeAttribute("aria-invalid");
  }

  const placeOf = (field) => form.querySelector(`[data-error-for="${CSS.escape(field)}"]`);

  /** Shows a sentence beside a field; on top when the page has no such field. */
  function refuse(field, words) {
    const place = placeOf(field) ?? placeOf(field.replace(/\.\w+$/, "")); // "lines.2.gross" stands beside line 2
    if (!place) return complain(words);
    place.querySelector("[data-words]").textContent = words;
    place.hidden = false;
    const input = form.elements[field];
    if (!(input instanceof HTMLInputElement)) return place.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-invalid", "true");
    input.focus();
  }

  function complain(words, href = "", name = "") {
    problem.querySelector("[data-words]").textContent = words;
    const link = problem.querySelector("a");
    [link.href, link.textContent, link.hidden] = [href, name, !href];
    problem.hidden = false;
    problem.scrollIntoView({ block: "nearest" });
  }

  async function save(fields) {
    if (busy) return false;
    setBusy(true);
    forgive();
    status.textContent = form.dataset.saySaving;
    const body = new URLSearchParams(new FormData(form));
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    const answer = await send(form.action, { method: "POST", body }, () => (status.textContent = form.dataset.sayNoSignal));
    status.textContent = "";
    beep(answer.ok);
    if (answer.ok && answer.body.location) {
      saved();
      goOn(answer.body.location);
      return true;
    }
    setBusy(false);
    tell(answer);
    return true;
  }

  function tell({ status, body }) {
    if (status === 401) return complain(form.dataset.saySignIn, form.dataset.signIn, form.dataset.saySignInLink);
    if (body.code === "REQUEST_KEY_REUSED") {
      form.elements.key.value = newKey(); // saving again is then meant
      return complain(form.dataset.sayAlreadySaved);
    }
    const fields = Object.entries(body.fields ?? {});
    if (!fields.length) return complain(body.message ?? form.dataset.sayFailed);
    for (const [field, words] of fields.reverse()) refuse(field, words);
  }

  function setBusy(on) {
    busy = on;
    form.setAttribute("aria-busy", String(on));
    for (const b of form.querySelectorAll("[data-save]")) b.setAttribute("aria-disabled", String(on));
  }

  return { save, refuse, forgive };
}
