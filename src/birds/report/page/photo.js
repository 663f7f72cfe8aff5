// Reads the pixels of a photo as this browser shows them, or says why it cannot.
// Listens to nothing: try.js calls readPhoto.
const FILE_BYTES_MAX = data.file_bytes_max;
const PIXELS_MAX = data.pixels_max;
const FORMATS = data.formats.join(", ");
const TILE = { width: 2048, height: 256 }; // below each browser's limit

/** A sentence about the photo. Any other error is one of this page. */
class PhotoError extends Error {}

/** Read a photo over white, reduced so that no side is longer than SIDE_MAX. */
async function readPhoto(file) {
  if (file.size > FILE_BYTES_MAX) {
    throw new PhotoError(
      `has more than ${FILE_BYTES_MAX} bytes. Make it smaller.`,
    );
  }
  const bitmap = await decode(file);
  try {
    return await readPixels(bitmap);
  } finally {
    bitmap.close();
  }
}

/** Let the browser decode a file: turned upright, in sRGB, the first frame. */
async function decode(file) {
  try {
    return await createImageBitmap(file);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new PhotoError(
      `is not a photo that this browser can read. Choose a ${FORMATS} file.`,
    );
  }
}

/** Read the pixels tile by tile, because browsers limit the size of a canvas. */
async function readPixels(bitmap) {
  const { width, height } = bitmap;
  if (width * height > PIXELS_MAX) {
    const limit = `${PIXELS_MAX / 1e6} million pixels`;
    throw new PhotoError(`has more than ${limit}. Make it smaller.`);
  }
  const context = createCheckedCanvas();
  const blocks = new Blocks(width, height);
  context.fillStyle = "white";
  for (let top = 0; top < height; top += TILE.height) {
    for (let left = 0; left < width; left += TILE.width) {
      const tileWidth = Math.min(TILE.width, width - left);
      const tileHeight = Math.min(TILE.height, height - top);
      context.fillRect(0, 0, TILE.width, TILE.height);
      context.drawImage(bitmap, -left, -top);
      const tile = context.getImageData(0, 0, tileWidth, tileHeight);
      blocks.add(tile, left, top);
      await letPageReact();
    }
  }
  const photo = blocks.means();
  await letPageReact();
  return photo;
}

/** Create a canvas for tiles. Check that it returns what is drawn: some do not. */
function createCheckedCanvas() {
  const canvas = Object.assign(document.createElement("canvas"), TILE);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const drawn = new ImageData(SIDE, SIDE);
  for (let n = 0; n < drawn.data.length; n++) {
    const isAlpha = n % 4 === 3;
    drawn.data[n] = isAlpha ? PIXEL_MAX : (37 * n) % PIXEL_MAX;
  }
  context.putImageData(drawn, 0, 0);
  const found = readBack(context);
  // Browsers may round.
  const isSame = (value, n) => Math.abs(value - found[n]) <= 1;
  if (!drawn.data.every(isSame)) {
    throw new PhotoError(
      "cannot be read: this browser, or an extension, hides or changes its pixels.",
    );
  }
  return context;
}

function readBack(context) {
  try {
    return context.getImageData(0, 0, SIDE, SIDE).data;
  } catch {
    return []; // blocked
  }
}

/** Let the page react before a computation goes on. */
function letPageReact() {
  return new Promise((resolve) => setTimeout(resolve));
}
