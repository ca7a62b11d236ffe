// What was typed and not yet saved, kept in this tab: a reload, a lost connection or an expired sign-in loses nothing.
// A browser that keeps nothing (private mode, storage full) only loses that comfort.

const PREFIX = "ekolek-station:";

/** A draft under one name: {load, save, clear}. Drafts are plain objects. */
export function draft(name) {
  const slot = PREFIX + name;
  return {
    load() {
      try {
        return JSON.parse(sessionStorage.getItem(slot) ?? "null");
      } catch {
        return null;
      }
    },
    save(value) {
      try {
        sessionStorage.setItem(slot, JSON.stringify(value));
      } catch {
        // Nothing is kept.
      }
    },
    clear() {
      try {
        sessionStorage.removeItem(slot);
      } catch {
        // Nothing was kept.
      }
    },
  };
}

/** Forgets every draft whose name holds a text: a resident's id. */
export function forget(text) {
  try {
    for (const slot of Object.keys(sessionStorage)) {
      if (slot.startsWith(PREFIX) && slot.includes(text)) sessionStorage.removeItem(slot);
    }
  } catch {
    // Nothing was kept.
  }
}
