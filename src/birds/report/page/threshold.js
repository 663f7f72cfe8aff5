// Where to draw the line: shows the histogram of the holdout's probabilities, the
// confusion matrix, its rates, and the ROC curve with a point at the threshold.
// Listens to the state, the slider, and pointers on the histogram.
const PROBABILITIES = decodeFloats(data.probabilities); // of the trained model
const LABELS = decodeBytes(data.labels);
const SLIDER_STEPS = 100;
const ALL_STEPS = SLIDER_STEPS + 1; // the last one is for probabilities of 100 %
const MIDDLE = 30; // the height of one half of the histogram
const COUNTS = countImages(); // by label and step

/** Count the images of each label from each step of the slider to the next. */
function countImages() {
  const counts = [0, 1].map(() => new Array(ALL_STEPS).fill(0));
  LABELS.forEach((label, n) => {
    let step = SLIDER_STEPS;
    while (!decide(PROBABILITIES[n], step / SLIDER_STEPS)) step--;
    counts[label][step]++;
  });
  return counts;
}

/** Count the images of a label from one step to another. */
function count(label, from, to = ALL_STEPS) {
  return sum(COUNTS[label].slice(from, to));
}

/** Return the images in the fullest step. Those of 100 % are drawn in the step before. */
function largestCount() {
  const drawn = COUNTS.flatMap((counts, label) => [
    ...counts,
    count(label, SLIDER_STEPS - 1),
  ]);
  return Math.max(...drawn);
}

/**
 * Draw bars of two steps, above the middle for label 1 and below it for label 0. Their
 * areas are counts, also where the threshold cuts a bar.
 */
function drawBars(id, label, from, to) {
  const end = Math.min(to, SLIDER_STEPS);
  const largest = largestCount();
  let path = "";
  let low = from;
  while (low < end) {
    const nextEven = low + 2 - (low % 2); // bars end at even steps
    const high = Math.min(end, nextEven);
    const countedTo = high === end ? to : high; // the last bar also counts 100 %
    const density = count(label, low, countedTo) / (high - low);
    const height = (MIDDLE * density) / largest;
    const upwards = label === 1 ? -height : height;
    path += `M${low} ${MIDDLE}v${upwards}H${high}V${MIDDLE}z`;
    low = high;
  }
  element(id).setAttribute("d", path);
}

/** Return the rates of false and true positives, from their counts. */
function rates(positives) {
  return positives.map((found, label) => found / Math.max(1, count(label, 0)));
}

/** Return the points of the ROC curve, from the highest threshold to the lowest. */
function rocCurve() {
  const order = Array.from(LABELS.keys());
  order.sort((one, other) => PROBABILITIES[other] - PROBABILITIES[one]);
  const found = [0, 0];
  const points = new Map([[Infinity, rates(found)]]);
  for (const n of order) {
    found[LABELS[n]]++;
    points.set(PROBABILITIES[n], rates(found)); // the last of equals
  }
  return Array.from(points.values());
}

function showThreshold() {
  const step = Math.round(SLIDER_STEPS * state.threshold);
  const tn = count(0, 0, step);
  const fp = count(0, step);
  const fn = count(1, 0, step);
  const tp = count(1, step);
  const accuracy = shareInPercent((tn + tp) / LABELS.length, 2);
  const precision = shareInPercent(tp / (tp + fp), 2);
  const recall = shareInPercent(tp / (tp + fn), 2);
  write({ tn, fp, fn, tp, accuracy, precision, recall });
  showLine(step, accuracy);
  drawBars("tn-area", 0, 0, step);
  drawBars("fp-area", 0, step, ALL_STEPS);
  drawBars("fn-area", 1, 0, step);
  drawBars("tp-area", 1, step, ALL_STEPS);
  movePoint("roc-point", rates([fp, tp]));
}

function showLine(step, accuracy) {
  const spoken = `${step} %, accuracy ${accuracy}`;
  element("threshold").value = state.threshold;
  element("threshold").setAttribute("aria-valuetext", spoken);
  element("threshold-line").setAttribute("transform", `translate(${step})`);
  write({ "threshold-value": `${step} %` });
}

function drag({ buttons, clientX }) {
  if (!buttons) return;
  const { left, width } = element("histogram").getBoundingClientRect();
  const step = Math.round((SLIDER_STEPS * (clientX - left)) / width);
  update({ threshold: limited(step / SLIDER_STEPS, 0, 1) });
}

drawLine("roc", rocCurve());
onPointer("histogram", drag);
element("threshold").addEventListener("input", () => {
  update({ threshold: element("threshold").valueAsNumber });
});
addEventListener("update", showThreshold);
