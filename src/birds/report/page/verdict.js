// Shows the verdict on the image, what the model sees, the evidence map, and the steps
// of "How it decides". Listens to the state.

function showVerdict() {
  const isBusy = !state.explanation;
  element("result").setAttribute("aria-busy", isBusy);
  write({ "photo-name": state.name });
  if (isBusy) {
    showNoVerdict();
  } else {
    showAnswer();
    showSteps();
    showMaps();
  }
}

/** Show nothing of an earlier image while a photo is read. */
function showNoVerdict() {
  element("probability").value = "";
  write({ answer: "Reading …", probability: "", truth: "" });
  write({ sum: "", "evidence-sum": "", sigmoid: "", decision: "" });
}

function showAnswer() {
  const { probability } = state.explanation;
  const answer = decide(probability, state.threshold);
  const name = data.label_names[answer];
  element("probability").value = probability;
  write({
    answer: `${name[0].toUpperCase()}${name.slice(1)}:`,
    probability: shareInPercent(probability, 1, state.threshold),
    truth: state.truth ? compareWithTruth(answer, state.truth) : "",
  });
  const style = element("result").style;
  style.setProperty("--probability", probability);
  style.setProperty("--threshold", state.threshold);
}

function compareWithTruth(answer, truth) {
  const isRight = answer === truth.label;
  return `${isRight ? "✓ right" : "✗ wrong"}: it is ${truth.name}`;
}

function showSteps() {
  const { weighted, b, z, ofAverage, probability } = state.explanation;
  const shown = shareInPercent(probability, 1, state.threshold);
  const threshold = shareInPercent(state.threshold, 0);
  const answer = decide(probability, state.threshold);
  const sign = answer ? "≥" : "<";
  write({
    sum: addition(weighted, b, z),
    "evidence-sum": addition(ofAverage, z - ofAverage, z),
    sigmoid: `1 / (1 + exp(${number(-z, 3)})) = ${shown}`,
    decision: `${shown} ${sign} ${threshold}: ${data.label_names[answer]}`,
  });
}

function showMaps() {
  const { evidence } = state.explanation;
  const end = largestMagnitude(evidence);
  drawImage(element("resized"), state.x);
  draw(element("evidence"), (n) => diverging(evidence[n] / end));
  showScale("evidence-scale", end);
}

addEventListener("update", showVerdict);
