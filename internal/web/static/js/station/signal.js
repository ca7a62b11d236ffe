// A short beep and a buzz: "read" without looking at the phone. The choice to be silent is kept.

const SILENT = "ekolek-station-silent";

/** Whether the collector wants beeps. */
export function sounding() {
  try {
    return localStorage.getItem(SILENT) !== "1";
  } catch {
    return true;
  }
}

export function setSounding(on) {
  try {
    localStorage.setItem(SILENT, on ? "0" : "1");
  } catch {
    // Not kept.
  }
}

let audio;

/** Beeps once, high for good and low for bad, and buzzes. Browsers allow neither before the page was touched once. */
export function beep(good) {
  if (!navigator.userActivation?.hasBeenActive) return;
  navigator.vibrate?.(good ? 60 : [60, 60, 60]);
  if (!sounding()) return;
  audio ??= new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = good ? 1568 : 220;
  volume.gain.setValueAtTime(0.2, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.15);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.15);
}
