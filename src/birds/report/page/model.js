// The model, and the state of the page. Functions are named like their counterparts in Python.
const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const { side: SIDE, channels: CHANNELS, pixel_max: PIXEL_MAX, label_names: NAMES } = data;
const N_PIXELS = SIDE * SIDE, N_FEATURES = N_PIXELS * CHANNELS;
const bytes = (base64, text = atob(base64)) => new Uint8Array(text.length).map((_, n) => text.charCodeAt(n));
const floats = (base64) => new Float32Array(bytes(base64).buffer);
const sum = (values) => values.reduce((total, value) => total + value, 0);
const rgb = (values, pixel) => values.subarray(CHANNELS * pixel, CHANNELS * (pixel + 1));
const largestMagnitude = (values) => values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
const limited = (value, low, high) => Math.min(high, Math.max(low, value));

const weights = floats(data.weights), MEAN = floats(data.mean); // the mean of the training images
const snapshots = data.snapshots.map((snapshot, n) => (
  { ...snapshot, w: weights.subarray(n * N_FEATURES, (n + 1) * N_FEATURES) }));
const LAST = snapshots.length - 1; // the trained model
const decide = (probability, threshold) => (Math.fround(probability) >= threshold ? 1 : 0);

/** Split the logit z of an image into that of the mean image and the evidence of each pixel, w · (x − mean). */
function explain({ w, b }, x) {
  const shares = Float64Array.from(w, (weight, n) => weight * (x[n] - MEAN[n]));
  const evidence = Float64Array.from({ length: N_PIXELS }, (_, pixel) => sum(rgb(shares, pixel)));
  const ofMean = MEAN.reduce((total, value, n) => total + w[n] * value, b), z = ofMean + sum(evidence);
  return { evidence, ofMean, z, probability: 1 / (1 + Math.exp(-z)) };
}

// One state: the image (x, with a name, and its true class if known), a pixel of it, the snapshot and the threshold
const state = { x: null, pixel: (N_PIXELS + SIDE) / 2, snapshot: LAST, threshold: data.threshold };
/** Change the state. Each part of the page listens and shows what it needs. A part that fails stops no other. */
function update(changes) {
  Object.assign(state, changes);
  dispatchEvent(new Event("update"));
}

const onPointer = (id, listener) =>
  ["pointerdown", "pointermove"].forEach((kind) => $(id).addEventListener(kind, listener));
/** Write texts into the elements with the given ids. */
const write = (texts) => Object.entries(texts).forEach(([id, text]) => { $(id).textContent = text; });
const fixed = (value, digits) => value.toFixed(digits).replace("-", "−");
const compact = (value) => String(Number(value.toPrecision(2))).replace(/-/g, "−").replace("e+", "e");
/** Format a share in percent, with enough digits to show that it is not 0, 1 or on the other side of a threshold. */
function percent(share, digits, threshold = null) {
  if (!Number.isFinite(share)) return "–";
  const shown = (100 * share).toFixed(digits), isEnd = share > 0 && share < 1 && Number(shown) % 100 === 0;
  const isOther = threshold !== null && Number(shown) >= 100 * threshold !== Boolean(decide(share, threshold));
  return digits < 9 && (isEnd || isOther) ? percent(share, digits + 1, threshold) : `${shown} %`;
}
