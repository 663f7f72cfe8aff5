// Shows one pixel: where it is, and how its values and weights give its evidence.
// Listens to the state, to pointers on both maps, and to the arrow keys. The space bar,
// and a pointer pressed on the image, also paint.
const STEPS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  " ": [0, 0],
};

function showPixel() {
  if (!state.explanation) return;
  const row = rowOf(state.pixel);
  const column = columnOf(state.pixel);
  const evidence = number(state.explanation.evidence[state.pixel], 4);
  const where = `Row ${row + 1}, column ${column + 1}`;
  write({
    pixel: `${where}: evidence ${evidence}, the sum of the last column`,
  });
  showShares();
  element("result").style.setProperty("--row", row);
  element("result").style.setProperty("--column", column);
}

/** Show how the evidence of the pixel is computed, a row for each channel. */
function showShares() {
  const rows = document.querySelectorAll("#shares tbody tr");
  const values = rgb(state.x, state.pixel);
  const averages = rgb(AVERAGE, state.pixel);
  const weights = rgb(SNAPSHOTS[state.snapshot].w, state.pixel);
  rows.forEach((row, channel) => {
    const value = values[channel];
    const average = averages[channel];
    const weight = weights[channel];
    const [, valueCell, averageCell, weightCell, shareCell] = row.children;
    valueCell.textContent = number(value, 3);
    averageCell.textContent = number(average, 3);
    weightCell.textContent = number(weight, 4);
    shareCell.textContent = number(weight * (value - average), 4);
  });
}

/** Point at the pixel in a row and column, or at the nearest one of the image. */
function pointAt(row, column) {
  const nearestRow = limited(row, 0, SIDE - 1);
  const nearestColumn = limited(column, 0, SIDE - 1);
  update({ pixel: nearestRow * SIDE + nearestColumn });
}

function visitWithPointer(event) {
  const canvas = event.target;
  const { left, top, width } = canvas.getBoundingClientRect();
  const pixelWidth = width / SIDE;
  const row = Math.floor((event.clientY - top) / pixelWidth);
  const column = Math.floor((event.clientX - left) / pixelWidth);
  pointAt(row, column);
  if (event.buttons && canvas.id === "resized") paint();
}

function visitWithKey(event) {
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault(); // the page would scroll
  const [rows, columns] = step;
  pointAt(rowOf(state.pixel) + rows, columnOf(state.pixel) + columns);
  if (event.key === " ") paint();
}

onPointer("resized", visitWithPointer);
onPointer("evidence", visitWithPointer);
element("resized").addEventListener("keydown", visitWithKey);
addEventListener("update", showPixel);
