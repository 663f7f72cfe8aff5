// Try it: shows the image that the user chooses. Listens to the file input, to what is
// dropped or pasted, and to the gallery of holdout images.
const gallery = document.querySelectorAll("#gallery input");
const FAILED =
  "cannot be shown: an error in this page. The browser's console says more.";
let latest = 0; // number of the latest choice; only its photo is shown

function show(image) {
  update({ ...image, original: image });
}

/**
 * Show an error in place of the result, or no error. The name of a file can be in any
 * script and direction.
 */
function say(sentence, name = "") {
  element("result").hidden = sentence !== "";
  element("error").replaceChildren();
  if (!sentence) return;
  const subject = document.createElement("bdi");
  subject.textContent = name;
  element("error").append(subject, ` ${sentence}`);
}

async function choose(files) {
  const file = files[0];
  const count = files.length; // read now, because browsers empty the list
  latest += 1;
  const turn = latest;
  for (const input of gallery) input.checked = false;
  element("file").value = ""; // so that the same file can be chosen again
  say("");
  update({ x: null, name: file?.name });
  try {
    if (!file) {
      throw new PhotoError("There is no file in what you dropped or pasted.");
    }
    const photo = await readPhoto(file);
    const x = toModelSize(photo);
    await letPageReact();
    if (turn !== latest) return;
    const note = count > 1 ? ` (the first of ${count} files)` : "";
    const pixels = (n) => rgb(photo.pixels, n);
    draw(element("photo"), pixels, photo.columns, photo.rows);
    show({ x, name: file.name + note, truth: null });
  } catch (error) {
    const isAboutPhoto = error instanceof PhotoError;
    if (turn === latest) {
      say(isAboutPhoto ? error.message : FAILED, file?.name);
    }
    if (!isAboutPhoto) throw error; // the console shows it
  }
  element("result").parentElement.scrollIntoView({ block: "nearest" });
}

/** Show the holdout image of an input, whose true class is known. */
function showHoldoutImage(input) {
  const image = input.parentElement.querySelector("img");
  const x = readBmp(image.src);
  latest += 1;
  input.checked = true; // also if the browser restores another choice
  say("");
  drawImage(element("photo"), x);
  const { name, label } = input.dataset;
  const truth = { name, label: Number(label) };
  show({ x, name: `a holdout image: ${image.alt}`, truth });
}

/** Return x, from 0 to 1, of a BMP: rows of blue, green and red, from the bottom up. */
function readBmp(url) {
  const base64 = url.split(",")[1];
  const values = decodeBytes(base64).subarray(-N_FEATURES);
  const x = Float64Array.from(values, (value) => value / PIXEL_MAX);
  return rearranged(x, (row, column, channel) => {
    return [SIDE - 1 - row, column, CHANNELS - 1 - channel];
  });
}

element("file").addEventListener("change", () => choose(element("file").files));
addEventListener("paste", (event) => choose(event.clipboardData.files));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  choose(event.dataTransfer.files);
});
for (const input of gallery) {
  input.addEventListener("change", () => showHoldoutImage(input));
}
