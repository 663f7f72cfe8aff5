// Photos: read as on the command line, or refused with a sentence. Only pixels that can be trusted give a verdict.
const { side_max: SIDE_MAX, pixels_max: PIXELS_MAX, file_bytes_max: FILE_BYTES_MAX } = data;
const TILE = { width: 2048, height: 256 }; // below every browser's limit, and read in a moment
const SIGNATURES = {
  JPEG: /^\xff\xd8\xff/, PNG: /^\x89PNG\r\n\x1a\n/, WEBP: /^RIFF[^]{4}WEBP/, GIF: /^GIF8[79]a/, BMP: /^BM/,
  AVIF: /^[^]{4}ftyp[^]*avi[fs]/,
};
const PNG_CHUNKS = ["IHDR", "PLTE", "tRNS", "iCCP", "eXIf", "IDAT", "IEND"]; // only some browsers follow the others
class PhotoError extends Error {}
/** Read a photo over white, and reduce each side to at most SIDE_MAX. */
async function readPhoto(blob) {
  if (blob.size > FILE_BYTES_MAX) throw new PhotoError(`has more than ${FILE_BYTES_MAX} bytes. Make it smaller.`);
  const content = new Uint8Array(await blob.arrayBuffer()), start = String.fromCharCode(...content.subarray(0, 36));
  const format = data.formats.find((name) => SIGNATURES[name].test(start));
  if (!format) throw new TypeError("not a photo");
  const parts = (await CHECKS[format]?.(content)) ?? [content];
  const image = new Image(), checked = new Blob(parts, { type: `image/${format.toLowerCase()}` });
  await new Promise((resolve, reject) => {
    Object.assign(image, { src: URL.createObjectURL(checked), onload: resolve, onerror: reject });
  }).finally(() => URL.revokeObjectURL(image.src));
  if (image.naturalWidth * image.naturalHeight > PIXELS_MAX) {
    throw new PhotoError(`has more than ${PIXELS_MAX / 1e6} million pixels. Make it smaller.`);
  }
  const bitmap = await createImageBitmap(checked), isDeepGrey = format === "PNG" && content[24] === 16 && !content[25];
  return reduce(bitmap, isDeepGrey).finally(() => bitmap.close());
}

// Some browsers show a part of a file that is cut off, or damaged pixels.
const checkWhole = (isWhole) => { if (!isWhole) throw new PhotoError("is cut off. Copy it again."); };
const checkGif = (content) => checkWhole(content.at(-1) === 0x3b);
const checkWebp = (content) => checkWhole(8 + uint32(content, 4, true) <= content.length);
const CHECKS = { JPEG: checkJpeg, PNG: checkPng, GIF: checkGif, BMP: checkBmp, WEBP: checkWebp, AVIF: checkAvif };
const uint32 = (content, start, isLittleEndian) =>
  start + 4 > content.length ? Infinity : new DataView(content.buffer).getUint32(start, isLittleEndian);

function checkAvif(content) { // Chromium reads the alpha of AVIF in a wrong range
  const isTransparent = new TextDecoder("latin1").decode(content.subarray(0, 2 ** 16)).includes("auxiliary:alpha");
  if (isTransparent) throw new PhotoError("is transparent, which some browsers misread in AVIF. Convert it to PNG.");
}
function checkJpeg(content) {
  let n = 2;
  while (n < content.length && content[n + 1] !== 0xda) { // the header, which may hold a whole thumbnail
    n += content[n + 1] === 0xff ? 1 : 2 + 256 * content[n + 2] + content[n + 3];
  }
  while (n < content.length && !(content[n] === 0xff && content[n + 1] === 0xd9)) n++;
  checkWhole(n < content.length);
}
/** Check a PNG, and keep only the chunks that all browsers follow, without optional ones that are damaged. */
async function checkPng(content) {
  const parts = [content.subarray(0, 8)];
  for (let start = 8, end, kind; kind !== "IEND"; start = end) {
    end = start + 12 + uint32(content, start);
    checkWhole(end <= content.length);
    kind = String.fromCharCode(...content.subarray(start + 4, start + 8));
    const isIntact = await crc32(content.subarray(start + 4, end - 4)) === uint32(content, end - 4);
    if (!isIntact && kind < "a") throw new PhotoError("is damaged. Copy it again.");
    if (isIntact && PNG_CHUNKS.includes(kind)) parts.push(content.subarray(start, end));
  }
  return parts;
}

const CRCS = Int32Array.from({ length: 256 }, (_, n) =>
  Array(8).fill(0xedb88320).reduce((crc, polynomial) => (crc >>> 1) ^ (crc & 1 && polynomial), n));
async function crc32(content) {
  let crc = -1;
  for (let n = 0; n < content.length; n++) {
    crc = CRCS[(crc ^ content[n]) & 255] ^ (crc >>> 8);
    if (n % 2 ** 20 === 0) await breathe();
  }
  return ~crc >>> 0;
}
let rested = 0; // when the page could last react
async function breathe() {
  if (performance.now() < rested + 15) return;
  await new Promise((resolve) => { setTimeout(resolve); });
  rested = performance.now();
}
/** Check a BMP without compression. Let it be opaque if its alpha is 0 everywhere, or not declared. */
function checkBmp(content) {
  const [start, size, width, height, format, method] = [10, 14, 18, 22, 26, 30].map((n) => uint32(content, n, true));
  const bits = format >> 16, hasAlpha = size >= 56 && method === 3 && uint32(content, 66, true) === 0xff000000;
  const end = start + 4 * Math.ceil((width * bits) / 32) * Math.abs(height | 0);
  checkWhole(size < 40 || ![0, 3].includes(method) || end <= content.length);
  let isOpaque = bits === 32 && (hasAlpha || method === 0);
  for (let n = start + 3; n < end; n += 4) if (hasAlpha && content[n]) isOpaque = false;
  for (let n = start + 3; isOpaque && n < end; n += 4) content[n] = PIXEL_MAX;
}

/** Reduce each side by an integer factor, by averaging blocks like Pillow's Image.reduce, without blocking the page. */
async function reduce(bitmap, isDeepGrey) {
  const { width, height } = bitmap, factorX = Math.ceil(width / SIDE_MAX), factorY = Math.ceil(height / SIDE_MAX);
  const columns = Math.ceil(width / factorX), rows = Math.ceil(height / factorY);
  const pixels = new Float64Array(rows * columns * CHANNELS), context = canvasThatTellsTheTruth();
  let brightest = 0;
  for (let top = 0; top < height; top += TILE.height) {
    for (let left = 0; left < width; left += TILE.width) {
      context.fillRect(0, 0, TILE.width, TILE.height);
      context.drawImage(bitmap, -left, -top);
      const right = Math.min(width, left + TILE.width), bottom = Math.min(height, top + TILE.height);
      const rgba = context.getImageData(0, 0, right - left, bottom - top).data;
      for (let y = top, source = 0; y < bottom; y++) {
        const row = Math.floor(y / factorY) * columns;
        for (let x = left; x < right; x++, source += 4) {
          const target = (row + Math.floor(x / factorX)) * CHANNELS;
          if (rgba[source + 3] !== PIXEL_MAX) throw new PhotoError("is too large for this browser. Make it smaller.");
          for (let channel = 0; channel < CHANNELS; channel++) pixels[target + channel] += rgba[source + channel];
          brightest = Math.max(brightest, rgba[source]);
        }
      }
      await breathe();
    }
  }
  if (isDeepGrey && brightest <= PIXEL_MAX / 2) {
    throw new PhotoError("has 16 bits per pixel, but its values do not tell which value is white. Convert it to 8 bits.");
  }
  pixels.forEach((total, n) => {
    const row = Math.floor(n / CHANNELS / columns), column = Math.floor(n / CHANNELS) % columns;
    const size = Math.min(factorX, width - column * factorX) * Math.min(factorY, height - row * factorY);
    const reciprocal = Math.floor(Math.fround(2 ** 24 / size)); // like Pillow
    pixels[n] = Math.floor(((total + (size >> 1)) * reciprocal) / 2 ** 24);
  });
  return { pixels, rows, columns };
}
/** Create a canvas for tiles. Check that it returns the pixels drawn on it: some browsers change them. */
function canvasThatTellsTheTruth() {
  const context = Object.assign(document.createElement("canvas"), TILE).getContext("2d", { willReadFrequently: true });
  const drawn = Uint8ClampedArray.from({ length: 4 * N_PIXELS }, (_, n) => (n % 4 === 3 ? PIXEL_MAX : (n * 37) % 256));
  let found = [];
  context.putImageData(new ImageData(drawn, SIDE), 0, 0);
  try { found = context.getImageData(0, 0, SIDE, SIDE).data; } catch { /* blocked */ }
  if (drawn.some((value, n) => !(Math.abs(value - found[n]) <= 1))) {
    throw new PhotoError("cannot be read: this browser, or an extension of it, hides or changes the pixels of photos.");
  }
  context.fillStyle = "white";
  return context;
}

/** Resize to SIDE × SIDE, in [0, 1], like skimage.transform.resize in reflect mode with anti-aliasing. */
const toModelSize = ({ pixels, rows, columns }) =>
  resize(resize(pixels, rows, columns * CHANNELS), columns, CHANNELS).map((value) => value / PIXEL_MAX);

/** Resize each block of n rows to SIDE rows. */
function resize(values, n, rowSize) {
  const matrix = resizeMatrix(n), resized = new Float64Array((values.length / n) * SIDE);
  for (let block = 0; block < values.length / n / rowSize; block++) {
    matrix.forEach((row, i) => row.forEach((factor, k) => {
      const target = (block * SIDE + i) * rowSize, source = (block * n + k) * rowSize;
      if (factor) for (let j = 0; j < rowSize; j++) resized[target + j] += factor * values[source + j];
    }));
  }
  return resized;
}

/** Return the matrix (SIDE, n), as rows, that resizes n values: a Gaussian cut at 4σ, then linear interpolation. */
function resizeMatrix(n) {
  const sigma = Math.max(0, (n / SIDE - 1) / 2), radius = Math.floor(4 * sigma + 0.5);
  const offsets = Array.from({ length: 2 * radius + 1 }, (_, k) => k - radius);
  const gaussian = offsets.map((offset) => (offset ? Math.exp(-(offset ** 2) / (2 * sigma ** 2)) : 1));
  const total = sum(gaussian), period = Math.max(1, 2 * (n - 1));
  const mirror = (index) => Math.min(Math.abs(index) % period, period - (Math.abs(index) % period));
  return Array.from({ length: SIDE }, (_, i) => {
    const position = ((i + 0.5) * n) / SIDE - 0.5, left = Math.floor(position), row = new Float64Array(n);
    for (const [index, share] of [[left, left + 1 - position], [left + 1, position - left]]) {
      offsets.forEach((offset, k) => { row[mirror(mirror(index) + offset)] += (share * gaussian[k]) / total; });
    }
    return row;
  });
}
