// The weighing page: number pad, live totals, lines added without a round trip, saved with a key that pays once.
// Without this file the same form adds and removes its lines at the server.
import { MAX_GRAMS, formatKilos, formatPoints, parseKilos, pointsFor } from "./amount.js";
import { draft } from "./draft.js";
import { submitter } from "./submit.js";

const form = document.querySelector("[data-weigh]");
const text = form.dataset;
const list = form.querySelector("[data-lines]");
const pattern = form.querySelector("template[data-line]");
const says = form.querySelector("[data-says]");
const restored = form.querySelector("[data-restored]");
const { key, gross, tare, note } = form.elements;
const kept = draft(`weigh:${text.resident}`);

let saved = false;
const { save, refuse, forgive } = submitter(form, () => (saved = true)); // the receipt's page forgets the draft

/** The field that the number pad types into. */
let active = gross;

// ── amounts ──

const materials = new Map(
  [...form.querySelectorAll("[data-rate]")].map((radio) => [radio.value, { radio, rate: BigInt(radio.dataset.rate), name: radio.dataset.name }]),
);

const chosen = () => form.querySelector("[data-rate]:checked")?.value ?? "";
const current = () => ({ type: chosen(), gross: gross.value.trim(), tare: tare.value.trim() });
const lines = () => [...list.children].map(lineOf);

function lineOf(row) {
  const value = (name) => row.querySelector(`[name="${name}"]`).value;
  return { type: value("line_type"), gross: value("line_gross"), tare: value("line_tare") };
}

/** The grams that count, or null while the numbers make no sense. */
function net({ gross, tare }) {
  const all = parseKilos(gross);
  const container = tare ? parseKilos(tare) : 0n;
  if (all === null || container === null || container >= all) return null;
  return all - container;
}

const points = (line) => pointsFor(net(line) ?? 0n, materials.get(line.type)?.rate ?? 0n);

// ── what is seen ──

function show() {
  const now = current();
  const all = [...lines(), now];
  const grams = all.reduce((sum, l) => sum + (net(l) ?? 0n), 0n);
  const worth = all.reduce((sum, l) => sum + points(l), 0n);
  put("unit", materials.has(now.type) ? `kg ${materials.get(now.type).name}` : "kg");
  put("points", formatPoints(points(now)));
  put("net", now.tare && net(now) !== null ? `= ${formatKilos(net(now))} kg` : "");
  put("total-points", formatPoints(worth));
  put("total-kilos", formatKilos(grams));
  for (const field of [gross, tare]) field.toggleAttribute("data-active", field === active);
  remember();
}

function put(name, words) {
  for (const e of form.querySelectorAll(`[data-${name}]`)) if (e.textContent !== words) e.textContent = words;
}

function remember() {
  if (saved) return;
  const value = { key: key.value, action: form.action, lines: lines(), ...current(), note: note.value };
  if (value.lines.length || value.gross || value.tare || value.note) kept.save(value);
  else kept.clear();
}

// ── lines ──

/** Puts a line on the list as it was typed. */
function append(line) {
  const row = pattern.content.firstElementChild.cloneNode(true);
  for (const name of ["type", "gross", "tare"]) row.querySelector(`[name="line_${name}"]`).value = line[name];
  const grams = net(line);
  const what = materials.get(line.type)?.name ?? "";
  const kilos = grams === null ? line.gross : formatKilos(grams);
  row.querySelector("[data-name]").textContent = what;
  row.querySelector("[data-kilos]").textContent = `${kilos} kg`;
  row.querySelector("[data-worth]").textContent = formatPoints(points(line));
  row.querySelector("[data-remove]").setAttribute("aria-label", text.sayRemove.replace("{what}", what).replace("{kilos}", kilos));
  list.append(row);
  number();
  list.scrollTop = list.scrollHeight;
  return `${what} ${kilos} kg`;
}

/** Names each row's error place after its position, as the server's answers do. */
function number() {
  [...list.children].forEach((row, i) => {
    row.querySelector("[data-remove]").value = i + 1;
    row.querySelector("[data-error-for]").dataset.errorFor = `lines.${i + 1}`;
  });
  list.hidden = list.children.length === 0;
}

/** What is wrong with the line being typed: [field, sentence], or null. */
function fault(line) {
  if (list.children.length >= Number(text.mostLines)) return ["lines", text.sayTooMany];
  if (!line.type) return ["type", text.sayNeedType];
  const all = parseKilos(line.gross);
  if (!line.gross || all === 0n) return ["gross", text.sayNeedWeight];
  if (all === null) return ["gross", text.sayBadWeight];
  if (all > MAX_GRAMS) return ["gross", text.sayTooHeavy];
  if (line.tare && parseKilos(line.tare) === null) return ["tare", text.sayBadTare];
  if (net(line) === null) return ["tare", text.sayTareTooBig];
  return null;
}

/** Moves the typed line onto the list. False when it has a fault, which is then shown. */
function add() {
  const line = current();
  forgive();
  const wrong = fault(line);
  if (wrong) {
    refuse(...wrong);
    return false;
  }
  const what = append(line);
  gross.value = tare.value = "";
  materials.get(line.type).radio.checked = false;
  active = gross;
  show();
  says.textContent = text.sayAdded.replace("{what}", what).replace("{points}", form.querySelector("[data-total-points]").textContent);
  return true;
}

function remove(row) {
  row.remove();
  number();
  show();
  says.textContent = text.sayRemoved;
  (list.querySelector("[data-remove]") ?? gross).focus();
}

const empty = ({ type, gross, tare }) => !type && !gross && !tare;

async function finish() {
  if (form.getAttribute("aria-busy") === "true") return;
  const now = current();
  if (!empty(now) || !list.children.length) if (!add()) return;
  await save({ do: "save" });
}

// ── what was typed before ──

function restore() {
  const before = kept.load();
  if (!before || list.children.length || gross.value) return;
  [key.value, form.action] = [before.key, before.action]; // how the resident was identified is part of the request
  before.lines.forEach(append);
  [gross.value, tare.value, note.value] = [before.gross, before.tare, before.note];
  const material = materials.get(before.type);
  if (material) material.radio.checked = true;
  restored.hidden = false;
}

// ── events ──

const CAN_BECOME_WEIGHT = /^\d{0,4}([.,]\d{0,3})?$/;

function press(digit) {
  const value = digit === "delete" ? active.value.slice(0, -1) : (active.value === "0" && digit !== "." ? "" : active.value) + digit;
  if (CAN_BECOME_WEIGHT.test(value)) active.value = value;
  forgive();
  show();
}

form.querySelector("[data-pad]").addEventListener("click", (e) => {
  const digit = e.target.closest("[data-key]")?.dataset.key;
  if (digit) press(digit);
});

for (const field of [gross, tare]) {
  field.inputMode = "none"; // the page brings its own pad; keyboards still type
  field.addEventListener("focus", () => {
    active = field;
    show();
  });
}
form.addEventListener("input", show);
form.addEventListener("change", show);

list.addEventListener("click", (e) => {
  const button = e.target.closest("[data-remove]");
  if (!button) return;
  e.preventDefault();
  remove(button.closest("li"));
});

form.addEventListener("submit", (e) => {
  e.preventDefault();
  const wants = e.submitter?.value;
  if (wants === "save") finish();
  else if (!empty(current())) add();
  else if (list.children.length) form.querySelector("[data-save]").focus();
  else gross.focus();
});

// A keyboard types into the weight from wherever the cursor is, unless it is in a field of words or on a button.
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.altKey || e.metaKey || !/^[\d.,]$/.test(e.key)) return;
  if (!e.target.closest("textarea, input:not([type=radio])")) active.focus();
});

restored.querySelector("button").addEventListener("click", () => {
  saved = true; // keep nothing of it
  kept.clear();
  location.reload();
});

// Back from the receipt: what is on this page has been saved, so it starts anew.
addEventListener("pageshow", (e) => {
  if (e.persisted && saved) location.reload();
});

form.querySelector("[data-pad]").hidden = false;
restore();
number();
show();
