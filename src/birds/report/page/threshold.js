// Move the threshold: the histogram of the holdout's probabilities, the confusion matrix and the ROC curve.
const probabilities = floats(data.probabilities), labels = bytes(data.labels);
const STEPS = 100, HALF = 30; // steps of the slider; height of one half of the histogram
// The number of images of each label from each step to the next
const images = [0, 1].map(() => new Array(STEPS + 1).fill(0));
const steps = images[0].map((_, step) => step / STEPS);
labels.forEach((label, n) => { images[label][steps.findLastIndex((step) => decide(probabilities[n], step))]++; });
const count = (label, from, to) => sum(images[label].slice(from, to));
const highest = largestMagnitude(images.flat());
/** Draw bars of two steps, above the middle for label 1 and below for label 0. Their areas are counts. */
function drawBars(id, label, from, to) {
  let path = "";
  for (let low = from, high; low < to; low = high) {
    high = Math.min(to, low + 2 - (low % 2));
    const height = (HALF * count(label, low, high)) / (high - low) / highest;
    path += `M${low} ${HALF}v${label ? -height : height}H${high}V${HALF}z`;
  }
  $(id).setAttribute("d", path);
}
const rates = (positives) => positives.map((number, label) => number / Math.max(1, count(label)));
/** Return the points of the ROC curve from the highest threshold to the lowest. */
function rocCurve() {
  const found = [0, 0], points = new Map([[Infinity, [0, 0]]]);
  for (const n of Array.from(labels.keys()).sort((one, other) => probabilities[other] - probabilities[one])) {
    found[labels[n]]++;
    points.set(probabilities[n], rates(found)); // the last of equals
  }
  return [...points.values()];
}

function showThreshold() {
  const { threshold } = state, step = Math.round(STEPS * threshold);
  const [tn, fp, fn, tp] = [0, 1].flatMap((label) => [count(label, 0, step), count(label, step)]);
  const accuracy = percent((tn + tp) / labels.length, 2);
  write({ accuracy, precision: percent(tp / (tp + fp), 2), recall: percent(tp / (tp + fn), 2) });
  write({ tn, fp, fn, tp, "threshold-value": `${step} %` });
  drawBars("tn-area", 0, 0, step);
  drawBars("fp-area", 0, step, STEPS);
  drawBars("fn-area", 1, 0, step);
  drawBars("tp-area", 1, step, STEPS);
  $("threshold").value = threshold;
  $("threshold").setAttribute("aria-valuetext", `${step} %, accuracy ${accuracy}`);
  $("threshold-line").setAttribute("transform", `translate(${step})`);
  movePoint("roc-point", rates([fp, tp]));
}
drawLine("roc", rocCurve());
onPointer("histogram", ({ buttons, clientX }) => {
  const { left, width } = $("histogram").getBoundingClientRect(), step = Math.round((STEPS * (clientX - left)) / width);
  if (buttons) update({ threshold: limited(step / STEPS, 0, 1) });
});
$("threshold").addEventListener("input", () => update({ threshold: $("threshold").valueAsNumber }));
addEventListener("update", showThreshold);
showThreshold();
