// Maps and charts
const components = (hex) => [1, 3, 5].map((n) => parseInt(hex.slice(n, n + 2), 16));
const COLOURS = data.colours.map(components);

/** Return the colour of a value. The ends of the scale are -1 and 1. */
function diverging(value) {
  const position = ((limited(value, -1, 1) + 1) / 2) * (COLOURS.length - 1);
  const n = Math.min(Math.floor(position), COLOURS.length - 2);
  return COLOURS[n].map((low, channel) => low + (position - n) * (COLOURS[n + 1][channel] - low));
}

/** Draw pixels; colour(n) returns the red, green and blue of pixel n. */
function draw(canvas, colour, width = SIDE, height = SIDE) {
  const image = new ImageData(new Uint8ClampedArray(4 * width * height).fill(PIXEL_MAX), width);
  for (let n = 0; n < width * height; n++) image.data.set(colour(n), 4 * n);
  Object.assign(canvas, { width, height }).getContext("2d").putImageData(image, 0, 0);
}

// Charts are squares of 100 units. Points (x, y) are in [0, 1], and y points upwards.
const showScale = (id, end) => write({ [`${id}-low`]: `−${compact(end)}`, [`${id}-high`]: `+${compact(end)}` });
const place = ([x, y]) => [100 * x, 100 - 100 * y];
const drawLine = (id, points) => $(id).setAttribute("points", points.map(place).join(" "));
const movePoint = (id, point) => $(id).setAttribute("transform", `translate(${place(point)})`);
