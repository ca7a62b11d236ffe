// A receipt is the proof that what was typed is saved: only here is it forgotten. A page that lost the answer on its
// way still has it, and the key that pays once.
import { forget } from "./draft.js";

forget(document.querySelector("[data-receipt]").dataset.receipt);
