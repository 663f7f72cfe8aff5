// Watch it learn: the weights, the costs and the accuracies at each snapshot.
const LARGEST_WEIGHT = largestMagnitude(snapshots[LAST].w);
const costs = snapshots.flatMap(({ cost }) => [cost.train, cost.holdout]);
const lowest = Math.min(...costs), range = Math.max(...costs) - lowest || 1;
const position = ({ iteration, cost }, name) => [iteration / snapshots[LAST].iteration, (cost[name] - lowest) / range];

function showSnapshot() {
  const snapshot = snapshots[state.snapshot], { iteration, cost, accuracy, w } = snapshot;
  $("snapshot").value = state.snapshot;
  $("snapshot").setAttribute("aria-valuetext", `iteration ${iteration}, training cost ${cost.train.toFixed(4)}`);
  write({ "snapshot-value": iteration });
  document.querySelectorAll("canvas.channel").forEach((canvas, channel) => {
    draw(canvas, (n) => diverging(w[CHANNELS * n + channel] / LARGEST_WEIGHT));
  });
  draw($("weights"), (n) => rgb(w, n).map((weight) => PIXEL_MAX * (0.5 + weight / (2 * LARGEST_WEIGHT))));
  for (const name of Object.keys(cost)) {
    write({ [`${name}-cost`]: cost[name].toFixed(6), [`${name}-accuracy`]: percent(accuracy[name] / 100, 2) });
  }
  movePoint("cost-point", position(snapshot, "train"));
}
let timer = 0;
function play(isPlaying) {
  clearInterval(timer);
  write({ play: isPlaying ? "Stop" : "Play" });
  if (isPlaying) update({ snapshot: 0 });
  const next = () => (state.snapshot < LAST ? update({ snapshot: state.snapshot + 1 }) : play(false));
  timer = isPlaying && setInterval(next, 200);
}
for (const set of ["train", "holdout"]) drawLine(`${set}-curve`, snapshots.map((each) => position(each, set)));
showScale("weight-scale", LARGEST_WEIGHT);
$("snapshot").addEventListener("input", () => {
  play(false);
  update({ snapshot: $("snapshot").valueAsNumber });
});
$("play").addEventListener("click", () => play(!timer));
addEventListener("update", showSnapshot);
showSnapshot();
