// The phone's back camera in a <video>, with its torch where it has one.

/** Why there is no picture: "insecure" (no HTTPS), "denied", "missing", "busy". */
export class CameraError extends Error {
  constructor(reason, cause) {
    super(reason, { cause });
    this.reason = reason;
  }
}

const WANTED = { audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } } };

/**
 * Asks for the camera and shows it. Returns {torch, stop}; torch is null, or a function of true or false.
 * Throws a CameraError.
 */
export async function openCamera(video) {
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraError(isSecureContext ? "missing" : "insecure");
  const stream = await navigator.mediaDevices.getUserMedia(WANTED).catch((e) => {
    throw new CameraError(REASONS[e.name] ?? "busy", e);
  });
  const track = stream.getVideoTracks()[0];
  const stop = () => {
    track.stop();
    video.srcObject = null;
  };
  video.srcObject = stream;
  await video.play().catch((e) => {
    stop();
    throw new CameraError("busy", e);
  });
  return { torch: torchOf(track), stop };
}

const REASONS = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing", OverconstrainedError: "missing" };

function torchOf(track) {
  if (!track.getCapabilities?.().torch) return null;
  return (on) => track.applyConstraints({ advanced: [{ torch: on }] });
}
