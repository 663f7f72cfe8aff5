// Maps of pixels, scales and charts, for all parts. Listens to nothing by itself.
const COLOURS = data.colours.map(components); // from purple to orange

/** Return the red, green and blue of a colour such as #00a040. */
function components(hex) {
  return [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
}

/** Return the colour of a value on the scale from -1 (purple) to 1 (orange). */
function diverging(value) {
  const position = ((limited(value, -1, 1) + 1) / 2) * (COLOURS.length - 1);
  const n = Math.min(Math.floor(position), COLOURS.length - 2);
  const share = position - n;
  return COLOURS[n].map(
    (low, channel) => low + share * (COLOURS[n + 1][channel] - low),
  );
}

/** Draw pixels. colour(n) returns the red, green and blue of pixel n. */
function draw(canvas, colour, width = SIDE, height = SIDE) {
  const image = new ImageData(width, height);
  image.data.fill(PIXEL_MAX); // opaque
  for (let n = 0; n < width * height; n++) image.data.set(colour(n), 4 * n);
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Draw an image of values from 0 to 1. */
function drawImage(canvas, x) {
  draw(canvas, (n) => rgb(x, n).map((value) => PIXEL_MAX * value));
}

function showScale(id, end) {
  write({ [`${id}-low`]: `−${brief(end)}`, [`${id}-high`]: `+${brief(end)}` });
}

// Charts are squares of 100 units. Their points (x, y) are from 0 to 1, upwards.
function place([x, y]) {
  return [100 * x, 100 - 100 * y];
}

function drawLine(id, points) {
  element(id).setAttribute("points", points.map(place).join(" "));
}

function movePoint(id, point) {
  element(id).setAttribute("transform", `translate(${place(point)})`);
}

/** Call a listener when a pointer is pressed on an element or moves over it. */
function onPointer(id, listener) {
  element(id).addEventListener("pointerdown", listener);
  element(id).addEventListener("pointermove", listener);
}
