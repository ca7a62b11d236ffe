// Reads the QR code in a picture: with the browser's own BarcodeDetector, else with zxing-wasm, which is
// loaded only then (and makes this page's policy allow 'wasm-unsafe-eval').

/** Longest side, in pixels, of the picture handed to zxing: enough for a card at arm's length, quick on a cheap phone. */
const ZXING_SIDE = 640;

/** Returns an async function from a playing <video> to the text of a QR code in it, or "". */
export async function openDecoder() {
  return (await native()) ?? (await zxing());
}

async function native() {
  const formats = (await globalThis.BarcodeDetector?.getSupportedFormats?.().catch(() => [])) ?? [];
  if (!formats.includes("qr_code")) return null;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  return async (video) => (await detector.detect(video))[0]?.rawValue ?? "";
}

async function zxing() {
  const lib = await import("../../vendor/zxing-wasm/es/reader/index.js");
  await lib.prepareZXingModule({
    overrides: { locateFile: (file) => new URL(`../../vendor/zxing-wasm/${file}`, import.meta.url).href },
    fireImmediately: true,
  });
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, ZXING_SIDE / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
    const found = await lib.readBarcodes(picture, { formats: ["QRCode"], maxNumberOfSymbols: 1 });
    return found[0]?.text ?? "";
  };
}
