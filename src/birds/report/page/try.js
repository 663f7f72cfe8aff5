// Try it: choose an image, see the verdict and why, and change the image.
const gallery = [...document.querySelectorAll("#gallery input")];
const FAILED = "cannot be shown: this page has an error. See the console.";
let latest = 0; // of the photos chosen: an earlier one that is read later is not shown
const show = (image) => update({ ...image, original: image });
/** Show an error in place of the result, or no error. A name can be in any script and direction. */
function say(sentence, name = "") {
  const subject = Object.assign(document.createElement("bdi"), { textContent: name });
  $("error").replaceChildren(...(sentence ? [subject, ` ${sentence}`] : []));
  $("result").hidden = Boolean(sentence);
}

async function choose([file, ...others]) {
  latest += 1;
  const turn = latest;
  for (const input of gallery) input.checked = false;
  $("file").value = ""; // so that the same file can be chosen again
  say("");
  update({ x: null, name: file?.name });
  try {
    if (!file) throw new PhotoError("There is no file in what you dropped or pasted.");
    const photo = await readPhoto(file);
    const x = toModelSize(photo);
    await rest();
    if (turn !== latest) return;
    const note = others.length ? ` (the first of ${others.length + 1} files)` : "";
    draw($("photo"), (n) => rgb(photo.pixels, n), photo.columns, photo.rows);
    show({ x, name: file.name + note, truth: null });
  } catch (error) {
    const isAboutPhoto = error instanceof PhotoError;
    if (turn === latest) say(isAboutPhoto ? error.message : FAILED, file?.name);
    if (!isAboutPhoto) throw error; // the console shows it
  }
  $("result").parentElement.scrollIntoView({ block: "nearest" });
}

/** Show a holdout image. Its file is a BMP: rows of blue, green and red from the bottom up, without compression. */
function showHoldoutImage(input) {
  const image = input.nextElementSibling, content = bytes(image.src.split(",")[1]).subarray(-N_FEATURES);
  const x = Float64Array.from(rearranged(content, (row, column, channel) => [SIDE - 1 - row, column, 2 - channel]));
  latest++;
  input.checked = true; // also if the browser restores another choice
  say("");
  draw($("photo"), (n) => rgb(x, n));
  show({ x: x.map((value) => value / PIXEL_MAX), name: `a holdout image: ${image.alt}`, truth: input.dataset });
}

function showVerdict() {
  const { x, name, truth, pixel, threshold } = state, snapshot = snapshots[state.snapshot];
  $("result").setAttribute("aria-busy", !x);
  $("probability").value = "";
  write({ "photo-name": name });
  if (!x) return write({ answer: "Reading …", probability: "", truth: "", sum: "", sigmoid: "", decision: "" });
  const { ofMean, z, evidence, probability } = explain(snapshot, x), largest = largestMagnitude(evidence);
  const answer = decide(probability, threshold), shown = percent(probability, 1, threshold);
  const row = Math.floor(pixel / SIDE), column = pixel % SIDE;
  $("probability").value = probability;
  write({
    answer: NAMES[answer][0].toUpperCase() + NAMES[answer].slice(1),
    probability: shown,
    truth: truth && `${answer === Number(truth.label) ? "✓ right" : "✗ wrong"}: it is ${truth.name}`,
    sum: `${fixed(ofMean, 3)} ${z < ofMean ? "−" : "+"} ${fixed(Math.abs(z - ofMean), 3)} = ${fixed(z, 3)}`,
    sigmoid: `1 / (1 + exp(${fixed(-z, 3)})) = ${shown}`,
    decision: `${shown} ${answer ? "≥" : "<"} ${fixed(100 * threshold, 0)} %: ${NAMES[answer]}`,
    pixel: `Row ${row + 1}, column ${column + 1}: red, green, blue ${
      [...rgb(x, pixel)].map((value) => fixed(PIXEL_MAX * value, 0)).join(", ")}; weights ${
      [...rgb(snapshot.w, pixel)].map((weight) => fixed(weight, 4)).join(", ")}; evidence ${fixed(evidence[pixel], 4)}`,
  });
  for (const [property, value] of Object.entries({ probability, threshold, row, column })) {
    $("result").style.setProperty(`--${property}`, value);
  }
  draw($("resized"), (n) => rgb(x, n).map((value) => PIXEL_MAX * value));
  draw($("evidence"), (n) => diverging(evidence[n] / largest));
  showScale("evidence-scale", largest);
}

// The changes: which row, column and channel of the image each value of the changed image comes from
const CHANGES = {
  mirrored: (row, column, channel) => [row, SIDE - 1 - column, channel],
  shifted: (row, column, channel) => [row, (column - data.shift + SIDE) % SIDE, channel],
  turned: (row, column, channel) => [SIDE - 1 - row, SIDE - 1 - column, channel],
  recoloured: (row, column, channel) => [row, column, [1, 0, 2][channel]],
};
function rearranged(x, origin) {
  return x.map((_, n) => {
    const pixel = Math.floor(n / CHANNELS), from = origin(Math.floor(pixel / SIDE), pixel % SIDE, n % CHANNELS);
    return x[(from[0] * SIDE + from[1]) * CHANNELS + from[2]];
  });
}

/** Show a pixel, and paint it and its neighbours if asked to. */
function visit(row, column, paints) {
  if (!state.x) return;
  const [y, x] = [row, column].map((place) => limited(place, 0, SIDE - 1)), painted = state.x.slice();
  if (!paints) return update({ pixel: y * SIDE + x });
  const colour = components($("colour").value).map((value) => value / PIXEL_MAX);
  for (let n = 0; n < N_PIXELS; n++) {
    if (Math.abs(Math.floor(n / SIDE) - y) < 2 && Math.abs((n % SIDE) - x) < 2) painted.set(colour, CHANNELS * n);
  }
  update({ pixel: y * SIDE + x, x: painted, truth: null });
}

function visitWithPointer({ target, clientX, clientY, buttons }) {
  const { left, top, width } = target.getBoundingClientRect(), pixels = (length) => Math.floor((length / width) * SIDE);
  visit(pixels(clientY - top), pixels(clientX - left), buttons && target.id === "resized");
}

function visitWithKey(event) {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], " ": [0, 0] }[event.key];
  if (!step) return;
  event.preventDefault();
  visit(Math.floor(state.pixel / SIDE) + step[0], (state.pixel % SIDE) + step[1], event.key === " ");
}

for (const id of ["resized", "evidence"]) onPointer(id, visitWithPointer);
$("resized").addEventListener("keydown", visitWithKey);
$("file").addEventListener("change", () => choose($("file").files));
addEventListener("paste", (event) => choose(event.clipboardData.files));
addEventListener("drop", (event) => choose(event.dataTransfer.files));
for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
for (const input of gallery) input.addEventListener("change", () => showHoldoutImage(input));
for (const [name, origin] of Object.entries(CHANGES)) {
  $(name).addEventListener("click", () => state.x && update({ x: rearranged(state.x, origin) }));
}
$("reset").addEventListener("click", () => state.x && update(state.original));
addEventListener("update", showVerdict);
showHoldoutImage(gallery[0]);
