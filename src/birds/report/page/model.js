// The model, and the one state of the page. Shows nothing, and listens to nothing: the
// other parts call update, listen to the event that it sends, and show the state.
const data = JSON.parse(element("data").textContent);
const SIDE = data.side;
const CHANNELS = data.channels;
const PIXEL_MAX = data.pixel_max;
const N_PIXELS = SIDE * SIDE;
const N_FEATURES = N_PIXELS * CHANNELS;

function element(id) {
  return document.getElementById(id);
}

function decodeBytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function decodeFloats(base64) {
  return new Float32Array(decodeBytes(base64).buffer);
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

function limited(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

/** Return the end of a scale for the values: their largest magnitude, or 1. */
function largestMagnitude(values) {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest || 1;
}

/** Return the three values of a pixel. */
function rgb(values, pixel) {
  return values.subarray(CHANNELS * pixel, CHANNELS * (pixel + 1));
}

function rowOf(pixel) {
  return Math.floor(pixel / SIDE);
}

function columnOf(pixel) {
  return pixel % SIDE;
}

/** Return x with values from elsewhere: origin says which row, column and channel. */
function rearranged(x, origin) {
  return x.map((_, n) => {
    const pixel = Math.floor(n / CHANNELS);
    const channel = n % CHANNELS;
    const place = origin(rowOf(pixel), columnOf(pixel), channel);
    const [fromRow, fromColumn, fromChannel] = place;
    return x[(fromRow * SIDE + fromColumn) * CHANNELS + fromChannel];
  });
}

const AVERAGE = decodeFloats(data.mean); // of the training images
const WEIGHTS = decodeFloats(data.weights); // of all snapshots
const SNAPSHOTS = data.snapshots.map((snapshot, n) => {
  const w = WEIGHTS.subarray(n * N_FEATURES, (n + 1) * N_FEATURES);
  return { ...snapshot, w };
});
const LAST = SNAPSHOTS.length - 1; // the trained model

/** Decide like Python, which compares probabilities in float32. */
function decide(probability, threshold) {
  return Math.fround(probability) >= threshold ? 1 : 0;
}

function dot(w, x) {
  let total = 0;
  for (let n = 0; n < N_FEATURES; n++) total += w[n] * x[n];
  return total;
}

/** Compute the logit of an image and its probability, and explain the logit. */
function explain({ w, b }, x) {
  const evidence = new Float64Array(N_PIXELS);
  for (let n = 0; n < N_FEATURES; n++) {
    evidence[Math.floor(n / CHANNELS)] += w[n] * (x[n] - AVERAGE[n]);
  }
  const weighted = dot(w, x);
  const z = weighted + b;
  return {
    weighted, // wᵀx
    b,
    z,
    ofAverage: dot(w, AVERAGE) + b, // the logit of the average image
    evidence, // of each pixel; with the logit of the average, they add up to z
    probability: 1 / (1 + Math.exp(-z)),
  };
}

const state = {
  x: null, // the values of the image, or null while a photo is read
  name: "",
  truth: null, // the true class of the image, if it is known
  original: null, // what the button Reset restores
  pixel: (N_PIXELS + SIDE) / 2, // the one pointed at, first the central one
  snapshot: LAST,
  threshold: data.threshold,
  explanation: null, // of the image by the model of this snapshot
};

/** Change the state. If one part of the page fails to show it, the others still do. */
function update(changes) {
  Object.assign(state, changes);
  const snapshot = SNAPSHOTS[state.snapshot];
  state.explanation = state.x && explain(snapshot, state.x);
  dispatchEvent(new Event("update"));
}
