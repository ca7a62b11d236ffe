// Sends a request until somebody answers. A form that pays carries its own key, so sending it again is safe.

/** How long one try may take before it counts as lost, in milliseconds. */
const PATIENCE = 15_000;
/** How long to wait after the first lost try; doubled each time, at most LONGEST. Signal coming back ends a wait. */
const FIRST = 1_000;
const LONGEST = 16_000;
/** Answers of something between us and the city's server, or of a server that is just starting. */
const PASSING = new Set([502, 503, 504]);

/**
 * Fetches JSON, again and again while the network fails; lost() is called after each failed try.
 * Returns {ok, status, body}; body is {} when the answer was no JSON.
 */
export async function send(url, options, lost = () => {}) {
  for (let wait = FIRST; ; wait = Math.min(wait * 2, LONGEST)) {
    const answer = await attempt(url, options);
    if (answer) return answer;
    lost();
    await pause(wait);
  }
}

async function attempt(url, options) {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), PATIENCE);
  try {
    const r = await fetch(url, { ...options, headers: { Accept: "application/json" }, redirect: "manual", signal: timeout.signal });
    if (PASSING.has(r.status)) return null;
    return { ok: r.ok, status: r.status, body: await r.json().catch(() => ({})) };
  } catch {
    return null; // no network, or no answer in time
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
    function done() {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    }
  });
}

/** Names one submission: the same name counts once. */
export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
