// Changes the image: mirrors, shifts, turns, recolours and paints it. Shows nothing
// itself. Listens to the buttons below the image; pixel.js calls paint.

// Which row, column and channel each value of the changed image comes from
const CHANGES = {
  mirrored: (row, column, channel) => [row, SIDE - 1 - column, channel],
  shifted: (row, column, channel) => [
    row,
    (column - data.shift + SIDE) % SIDE,
    channel,
  ],
  turned: (row, column, channel) => [
    SIDE - 1 - row,
    SIDE - 1 - column,
    channel,
  ],
  recoloured: (row, column, channel) => [row, column, [1, 0, 2][channel]],
};

/** Paint the pixel pointed at and its neighbours. Then nobody knows the true class. */
function paint() {
  if (!state.x) return;
  const painted = state.x.slice();
  const colour = components(element("colour").value);
  for (let pixel = 0; pixel < N_PIXELS; pixel++) {
    const rows = Math.abs(rowOf(pixel) - rowOf(state.pixel));
    const columns = Math.abs(columnOf(pixel) - columnOf(state.pixel));
    if (rows > 1 || columns > 1) continue;
    painted.set(
      colour.map((value) => value / PIXEL_MAX),
      CHANNELS * pixel,
    );
  }
  update({ x: painted, truth: null });
}

for (const [name, origin] of Object.entries(CHANGES)) {
  element(name).addEventListener("click", () => {
    if (state.x) update({ x: rearranged(state.x, origin) });
  });
}
element("reset").addEventListener("click", () => {
  if (state.x) update(state.original);
});
