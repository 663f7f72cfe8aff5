// Resizes photos to the model's size, with the same numbers as in Python.
// Listens to nothing: photo.js fills Blocks, and try.js calls toModelSize.
const SIDE_MAX = data.side_max;

/** The means of blocks of pixels: Pillow's Image.reduce. */
class Blocks {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.factorX = Math.ceil(width / SIDE_MAX);
    this.factorY = Math.ceil(height / SIDE_MAX);
    this.columns = Math.ceil(width / this.factorX);
    this.rows = Math.ceil(height / this.factorY);
    this.sums = new Float64Array(this.rows * this.columns * CHANNELS);
  }

  /** Add the pixels of a tile of the photo. */
  add(tile, left, top) {
    const { factorX, factorY, columns, sums } = this;
    let source = 0;
    for (let y = top; y < top + tile.height; y++) {
      const row = Math.floor(y / factorY);
      for (let x = left; x < left + tile.width; x++) {
        const column = Math.floor(x / factorX);
        const target = CHANNELS * (row * columns + column);
        for (let channel = 0; channel < CHANNELS; channel++) {
          sums[target + channel] += tile.data[source + channel];
        }
        source += 4; // red, green, blue, alpha
      }
    }
  }

  /**
   * Return the means, rounded. Where Pillow rounds differently, a value differs by 1.
   * The last blocks can be smaller.
   */
  means() {
    const { width, height, factorX, factorY, columns, rows, sums } = this;
    const pixels = new Float64Array(sums.length);
    for (let row = 0; row < rows; row++) {
      const blockHeight = Math.min(factorY, height - row * factorY);
      for (let column = 0; column < columns; column++) {
        const blockWidth = Math.min(factorX, width - column * factorX);
        const size = blockWidth * blockHeight;
        const block = CHANNELS * (row * columns + column);
        for (let n = block; n < block + CHANNELS; n++) {
          pixels[n] = Math.round(sums[n] / size);
        }
      }
    }
    return { pixels, rows, columns };
  }
}

/**
 * Resize to SIDE × SIDE values in [0, 1]:
 * skimage.transform.resize(pixels, (SIDE, SIDE), mode="reflect", anti_aliasing=True).
 */
function toModelSize({ pixels, rows, columns }) {
  const fewRows = resizeAxis(pixels, rows, columns * CHANNELS);
  const square = resizeAxis(fewRows, columns, CHANNELS);
  return square.map((value) => value / PIXEL_MAX);
}

/** Resize one axis from a length to SIDE. Its values lie stride places apart. */
function resizeAxis(values, length, stride) {
  const weights = resizingWeights(length);
  const blocks = values.length / (length * stride);
  const resized = new Float64Array(blocks * SIDE * stride);
  for (let block = 0; block < blocks; block++) {
    for (let to = 0; to < SIDE; to++) {
      for (let from = 0; from < length; from++) {
        const weight = weights[to][from];
        if (weight === 0) continue;
        const target = (block * SIDE + to) * stride;
        const source = (block * length + from) * stride;
        for (let n = 0; n < stride; n++) {
          resized[target + n] += weight * values[source + n];
        }
      }
    }
  }
  return resized;
}

/** Return SIDE rows of weights. Row n makes value n from the `length` old values. */
function resizingWeights(length) {
  const kernel = gaussian((length / SIDE - 1) / 2);
  const rows = [];
  for (let to = 0; to < SIDE; to++) {
    // Linear interpolation: scipy.ndimage.zoom(order=1, grid_mode=True)
    const position = ((to + 0.5) * length) / SIDE - 0.5;
    const before = Math.floor(position);
    const shareAfter = position - before;
    const row = new Float64Array(length);
    addKernel(row, kernel, before, 1 - shareAfter);
    addKernel(row, kernel, before + 1, shareAfter);
    rows.push(row);
  }
  return rows;
}

/** Return the kernel of scipy.ndimage.gaussian_filter: cut at 4σ, its sum is 1. */
function gaussian(sigma) {
  if (sigma <= 0) return [1];
  const radius = Math.floor(4 * sigma + 0.5);
  const kernel = [];
  for (let offset = -radius; offset <= radius; offset++) {
    kernel.push(Math.exp(-(offset ** 2) / (2 * sigma ** 2)));
  }
  const total = sum(kernel);
  return kernel.map((value) => value / total);
}

/** Add a share of a kernel to a row of weights. */
function addKernel(row, kernel, centre, share) {
  const first = reflected(centre, row.length) - (kernel.length - 1) / 2;
  kernel.forEach((weight, n) => {
    row[reflected(first + n, row.length)] += share * weight;
  });
}

/** Reflect an index at the first and last value: skimage's reflect, SciPy's mirror. */
function reflected(index, length) {
  const period = Math.max(1, 2 * (length - 1));
  const distance = Math.abs(index) % period;
  return Math.min(distance, period - distance);
}
