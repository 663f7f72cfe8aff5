// What it has learned: shows the weights, the costs and the accuracies at a snapshot of
// the training. Listens to the state, the slider and the button Play.
const PLAY_MILLISECONDS = 200; // between two snapshots
const LARGEST_WEIGHT = largestMagnitude(WEIGHTS);
const COSTS = SNAPSHOTS.flatMap(({ cost }) => [cost.train, cost.holdout]);
const LOWEST_COST = Math.min(...COSTS);
const COST_RANGE = Math.max(...COSTS) - LOWEST_COST || 1;
let timer = null; // while it plays

/** Return where a snapshot is in the chart. */
function costPoint({ iteration, cost }, set) {
  const x = iteration / SNAPSHOTS[LAST].iteration;
  const y = (cost[set] - LOWEST_COST) / COST_RANGE;
  return [x, y];
}

function showSnapshot() {
  const snapshot = SNAPSHOTS[state.snapshot];
  const { iteration, cost, accuracy } = snapshot;
  const spoken = `iteration ${iteration}, training cost ${number(cost.train, 4)}`;
  element("snapshot").value = state.snapshot;
  element("snapshot").setAttribute("aria-valuetext", spoken);
  write({ "snapshot-value": iteration });
  for (const set of Object.keys(cost)) {
    write({
      [`${set}-cost`]: number(cost[set], 6),
      [`${set}-accuracy`]: shareInPercent(accuracy[set] / 100, 2),
    });
  }
  movePoint("cost-point", costPoint(snapshot, "train"));
  showWeights(snapshot.w);
}

function showWeights(w) {
  ["red", "green", "blue"].forEach((name, channel) => {
    draw(element(`${name}-weights`), (n) =>
      diverging(rgb(w, n)[channel] / LARGEST_WEIGHT),
    );
  });
  // Grey is 0, and a bright colour has a large positive weight.
  drawImage(
    element("weights"),
    w.map((weight) => 0.5 + weight / (2 * LARGEST_WEIGHT)),
  );
}

function play() {
  update({ snapshot: 0 });
  write({ play: "Stop" });
  timer = setInterval(showNext, PLAY_MILLISECONDS);
}

function showNext() {
  if (state.snapshot === LAST) {
    pause();
  } else {
    update({ snapshot: state.snapshot + 1 });
  }
}

function pause() {
  clearInterval(timer);
  timer = null;
  write({ play: "Play" });
}

for (const set of ["train", "holdout"]) {
  const points = SNAPSHOTS.map((snapshot) => costPoint(snapshot, set));
  drawLine(`${set}-curve`, points);
}
showScale("weight-scale", LARGEST_WEIGHT);
element("snapshot").addEventListener("input", () => {
  pause();
  update({ snapshot: element("snapshot").valueAsNumber });
});
element("play").addEventListener("click", () => {
  if (timer === null) {
    play();
  } else {
    pause();
  }
});
addEventListener("update", showSnapshot);
