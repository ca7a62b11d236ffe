// Weights and points as whole numbers: grams and hundredths of a point, as BigInt. Never a float:
// 0.1 + 0.2 must be 0.3. The server computes everything again; this is only what the collector sees.

/** The heaviest line: 1,000 kg, in grams. */
export const MAX_GRAMS = 1_000_000n;

/**
 * "2.45" or "2,45" kilograms as grams; null when the text is no weight. As on the server, at most three decimals,
 * and "1,000" is refused: nobody can tell whether it means one or a thousand.
 */
export function parseKilos(text) {
  const m = /^(\d{1,7})(?:\.(\d{0,3})|,(\d{0,2}))?$/.exec(text.trim());
  if (!m) return null;
  return BigInt(m[1]) * 1000n + BigInt((m[2] ?? m[3] ?? "").padEnd(3, "0"));
}

/** Hundredths of a point for grams at a rate in hundredths of a point a kilogram, half up. */
export function pointsFor(grams, rate) {
  return (grams * rate + 500n) / 1000n;
}

/** Grams as kilograms: 2450n → "2.45", 1214600n → "1,214.6". */
export function formatKilos(grams) {
  return decimal(grams, 3);
}

/** Hundredths as points: 2450n → "24.5". */
export function formatPoints(points) {
  return decimal(points, 2);
}

function decimal(value, places) {
  const sign = value < 0n ? "-" : "";
  const digits = (value < 0n ? -value : value).toString().padStart(places + 1, "0");
  const whole = digits.slice(0, -places).replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = digits.slice(-places).replace(/0+$/, "");
  return sign + whole + (rest ? "." + rest : "");
}
