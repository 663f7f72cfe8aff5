// The interactive parts of the page. Functions are named like their counterparts in Python.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const { side: SIDE, channels: CHANNELS, pixel_max: PIXEL_MAX, label_names: NAMES } = data;
const { side_max: SIDE_MAX, pixels_max: PIXELS_MAX, threshold: THRESHOLD } = data;
const N_FEATURES = SIDE * SIDE * CHANNELS;
const floats = (base64) => new Float32Array(bytes(base64).buffer);
const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
const $ = (id) => document.getElementById(id);
const fixed = (value, digits) => value.toFixed(digits).replace("-", "−");
const percent = (share) => (Number.isFinite(share) ? `${fixed(100 * share, 2)} %` : "–");

const weights = floats(data.weights);
const snapshots = data.snapshots.map((snapshot, n) => ({
  ...snapshot, w: weights.subarray(n * N_FEATURES, (n + 1) * N_FEATURES),
}));
const model = snapshots.at(-1);
const LARGEST_WEIGHT = largestMagnitude(model.w);

// The model

const sigmoid = (z) => 1 / (1 + Math.exp(-z));
const decide = (probability, threshold = THRESHOLD) => (Math.fround(probability) >= threshold ? 1 : 0);
const evidence = (w, x) => x.map((value, n) => w[n] * value);
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** Return the largest absolute value, or 1 if all values are 0, so that it can be divided by. */
function largestMagnitude(values) {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
}

// Photos

/** Read an image file over white, and reduce each side to at most SIDE_MAX. */
async function readPhoto(blob) {
  const url = URL.createObjectURL(blob);
  try {
    const image = new Image();
    image.src = url;
    await new Promise((resolve, reject) => { image.onload = resolve; image.onerror = reject; });
    if (image.naturalWidth * image.naturalHeight > PIXELS_MAX) throw new RangeError("too large");
    const bitmap = await createImageBitmap(blob); // unlike <img>, this rejects SVG
    const canvas = Object.assign(document.createElement("canvas"), { width: bitmap.width, height: bitmap.height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "white";
    context.fillRect(0, 0, bitmap.width, bitmap.height);
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return { url, ...reduce(context.getImageData(0, 0, canvas.width, canvas.height)) };
  } catch (error) {
    URL.revokeObjectURL(url);
    throw error;
  }
}

/** Reduce each side by an integer factor, by averaging blocks like Pillow's Image.reduce. */
function reduce({ data: rgba, width, height }) {
  const factorX = Math.ceil(width / SIDE_MAX), factorY = Math.ceil(height / SIDE_MAX);
  const columns = Math.ceil(width / factorX), rows = Math.ceil(height / factorY);
  const pixels = new Float64Array(rows * columns * CHANNELS);
  for (let y = 0, source = 0; y < height; y++) {
    const row = Math.floor(y / factorY) * columns;
    for (let x = 0; x < width; x++, source += 4) {
      const target = (row + Math.floor(x / factorX)) * CHANNELS;
      pixels[target] += rgba[source];
      pixels[target + 1] += rgba[source + 1];
      pixels[target + 2] += rgba[source + 2];
    }
  }
  for (let n = 0; n < pixels.length; n++) {
    const pixel = Math.floor(n / CHANNELS);
    const blockWidth = Math.min(factorX, width - (pixel % columns) * factorX);
    const blockHeight = Math.min(factorY, height - Math.floor(pixel / columns) * factorY);
    const size = blockWidth * blockHeight, reciprocal = Math.floor(Math.fround(2 ** 24 / size)); // like Pillow
    pixels[n] = Math.floor(((pixels[n] + (size >> 1)) * reciprocal) / 2 ** 24);
  }
  return { pixels, rows, columns };
}

/** Resize to SIDE × SIDE, in [0, 1], like skimage.transform.resize in reflect mode with anti-aliasing. */
function toModelSize({ pixels, rows, columns }) {
  const half = multiply(resizeMatrix(rows), pixels), across = resizeMatrix(columns);
  const resized = new Float64Array(N_FEATURES), stride = columns * CHANNELS;
  for (let row = 0; row < SIDE; row++) {
    resized.set(multiply(across, half.subarray(row * stride, (row + 1) * stride)), row * SIDE * CHANNELS);
  }
  return resized.map((value) => value / PIXEL_MAX);
}

/** Return the matrix (SIDE, n), as rows, that resizes n values: a Gaussian cut at 4σ, then linear interpolation. */
function resizeMatrix(n) {
  const sigma = Math.max(0, (n / SIDE - 1) / 2), radius = Math.floor(4 * sigma + 0.5);
  const offsets = Array.from({ length: 2 * radius + 1 }, (_, k) => k - radius);
  const gaussian = offsets.map((offset) => (offset ? Math.exp(-(offset ** 2) / (2 * sigma ** 2)) : 1));
  const total = sum(gaussian), period = Math.max(1, 2 * (n - 1));
  const mirror = (index) => Math.min(Math.abs(index) % period, period - (Math.abs(index) % period));
  return Array.from({ length: SIDE }, (_, i) => {
    const position = ((i + 0.5) * n) / SIDE - 0.5, left = Math.floor(position), row = new Float64Array(n);
    for (const [index, share] of [[left, left + 1 - position], [left + 1, position - left]]) {
      offsets.forEach((offset, k) => { row[mirror(mirror(index) + offset)] += (share * gaussian[k]) / total; });
    }
    return row;
  });
}

/** Multiply a matrix (SIDE, n) by values (n, …). */
function multiply(matrix, values) {
  const size = values.length / matrix[0].length, product = new Float64Array(SIDE * size);
  matrix.forEach((row, i) => row.forEach((factor, k) => {
    if (factor) for (let j = 0; j < size; j++) product[i * size + j] += factor * values[k * size + j];
  }));
  return product;
}

// Drawing

// ColorBrewer's PuOr, reversed: matplotlib's PuOr_r.
const PU_OR_R = ["2d004b", "542788", "8073ac", "b2abd2", "d8daeb", "f7f7f7", "fee0b6", "fdb863", "e08214", "b35806",
  "7f3b08"].map((hex) => [0, 2, 4].map((n) => parseInt(hex.slice(n, n + 2), 16)));

/** Return the colour of a value between -1 and 1. */
function diverging(value) {
  const position = ((value + 1) / 2) * (PU_OR_R.length - 1), n = Math.min(Math.floor(position), PU_OR_R.length - 2);
  return PU_OR_R[n].map((low, channel) => low + (position - n) * (PU_OR_R[n + 1][channel] - low));
}

/** Draw SIDE × SIDE pixels; colour(n) returns the red, green and blue of pixel n. */
function draw(canvas, colour) {
  const image = new ImageData(SIDE, SIDE);
  for (let n = 0; n < SIDE * SIDE; n++) image.data.set([...colour(n).map(Math.round), PIXEL_MAX], 4 * n);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function showScale(id, largest) {
  const [low, colours, high] = $(id).children;
  low.textContent = `−${largest.toPrecision(2)}`;
  colours.style.background = `linear-gradient(to right, ${PU_OR_R.map((colour) => `rgb(${colour})`)})`;
  high.textContent = `+${largest.toPrecision(2)}`;
}

const rgb = (values, n) => values.subarray(CHANNELS * n, CHANNELS * (n + 1));

// Charts are squares of 100 units. Points (x, y) are in [0, 1], and y points upwards.
function drawLine(line, points) {
  line.setAttribute("points", points.map(([x, y]) => [100 * x, 100 * (1 - y)]).join(" "));
}

function movePoint(circle, [x, y]) {
  circle.setAttribute("cx", 100 * x);
  circle.setAttribute("cy", 100 * (1 - y));
}

// Try your own photo

let latestPhoto = 0;

async function classify(blob, name) {
  const turn = ++latestPhoto;
  let photo;
  try {
    photo = await readPhoto(blob);
  } catch (error) {
    if (turn === latestPhoto) {
      $("error").textContent = error instanceof RangeError
        ? `${name} has more than ${PIXELS_MAX / 1e6} million pixels. Make it smaller.`
        : `${name} is not an image that this browser can read. Choose a JPEG, PNG, WebP or GIF file.`;
      $("result").hidden = true;
    }
    return;
  }
  if (turn !== latestPhoto) return URL.revokeObjectURL(photo.url);
  const x = toModelSize(photo), contributions = evidence(model.w, x);
  const z = sum(contributions) + model.b, probability = sigmoid(z);
  const perPixel = Array.from({ length: SIDE * SIDE }, (_, n) => sum(rgb(contributions, n)));
  const largest = largestMagnitude(perPixel);
  URL.revokeObjectURL($("photo").src);
  $("photo").src = photo.url;
  $("photo").alt = name;
  draw($("resized"), (n) => [...rgb(x, n)].map((value) => PIXEL_MAX * value));
  draw($("evidence"), (n) => diverging(perPixel[n] / largest));
  showScale("evidence-scale", largest);
  $("verdict").textContent = NAMES[decide(probability)];
  $("probability").textContent = percent(probability);
  $("probability").value = probability;
  $("bar").style.width = `${100 * probability}%`;
  $("sum").textContent = `${fixed(z - model.b, 3)} (evidence) + ${fixed(model.b, 3)} (bias) = ${fixed(z, 3)}`;
  $("error").textContent = "";
  $("result").hidden = false;
}

function tryPhotos() {
  const take = (files) => files.length && classify(files[0], files[0].name);
  $("file").addEventListener("change", () => take($("file").files));
  addEventListener("paste", (event) => take(event.clipboardData.files));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files); });
  const buttons = [...document.querySelectorAll("#gallery button")];
  for (const button of buttons) {
    const png = new Blob([bytes(button.querySelector("img").src.split(",")[1])], { type: "image/png" });
    button.addEventListener("click", () => classify(png, button.textContent.trim()));
  }
  buttons[0].click();
}

// Move the threshold

const probabilities = floats(data.probabilities), labels = bytes(data.labels);

function confusion(threshold) {
  const counts = [[0, 0], [0, 0]];
  labels.forEach((label, n) => { counts[label][decide(probabilities[n], threshold)]++; });
  return counts;
}

const rates = ([[tn, fp], [fn, tp]]) => [fp / Math.max(1, tn + fp), tp / Math.max(1, fn + tp)];

function showThreshold() {
  const threshold = $("threshold").valueAsNumber, counts = confusion(threshold), [[tn, fp], [fn, tp]] = counts;
  const scores = { accuracy: (tn + tp) / labels.length, precision: tp / (tp + fp), recall: tp / (tp + fn) };
  $("threshold-value").textContent = threshold.toFixed(2);
  counts.flat().forEach((count, n) => { $(["tn", "fp", "fn", "tp"][n]).textContent = count; });
  for (const [name, share] of Object.entries(scores)) $(name).textContent = percent(share);
  $("threshold").setAttribute("aria-valuetext", `${threshold.toFixed(2)}, accuracy ${percent(scores.accuracy)}`);
  movePoint($("roc-point"), rates(counts));
}

function moveThreshold() {
  const thresholds = [Infinity, ...new Set(probabilities.toSorted().reverse())];
  drawLine($("roc"), thresholds.map((threshold) => rates(confusion(threshold))));
  $("threshold").addEventListener("input", showThreshold);
  showThreshold();
}

// Watch it learn

function showSnapshot() {
  const snapshot = snapshots[$("snapshot").valueAsNumber], { iteration, cost, accuracy, w } = snapshot;
  $("snapshot-value").textContent = iteration;
  document.querySelectorAll("canvas.channel").forEach((canvas, channel) => {
    draw(canvas, (n) => diverging(w[CHANNELS * n + channel] / LARGEST_WEIGHT));
  });
  draw($("weights"), (n) => [...rgb(w, n)].map((weight) => PIXEL_MAX * (0.5 + weight / (2 * LARGEST_WEIGHT))));
  for (const name of Object.keys(cost)) {
    $(`${name}-cost`).textContent = cost[name].toFixed(6);
    $(`${name}-accuracy`).textContent = percent(accuracy[name] / 100);
  }
  $("snapshot").setAttribute("aria-valuetext", `iteration ${iteration}, training cost ${cost.train.toFixed(4)}`);
  movePoint($("cost-point"), position(snapshot, "train"));
}

const costs = snapshots.flatMap(({ cost }) => [cost.train, cost.holdout]);
const lowest = Math.min(...costs), range = Math.max(...costs) - lowest || 1;
const position = ({ iteration, cost }, name) => [iteration / model.iteration, (cost[name] - lowest) / range];

function watchItLearn() {
  for (const name of ["train", "holdout"]) {
    drawLine($(`${name}-curve`), snapshots.map((snapshot) => position(snapshot, name)));
  }
  $("highest-cost").textContent = fixed(lowest + range, 3);
  $("lowest-cost").textContent = fixed(lowest, 3);
  $("last-iteration").textContent = model.iteration;
  $("snapshot").addEventListener("input", showSnapshot);
  $("snapshot").max = $("snapshot").value = snapshots.length - 1;
  showScale("weight-scale", LARGEST_WEIGHT);
  let latest = 0;
  $("play").addEventListener("click", async () => {
    for (let n = 0, turn = ++latest; n < snapshots.length && turn === latest; n++) {
      $("snapshot").value = n;
      showSnapshot();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  });
  showSnapshot();
}

$("interactive").hidden = false;
tryPhotos();
moveThreshold();
watchItLearn();
