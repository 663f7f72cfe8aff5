// Texts: how numbers are written, and where. Listens to nothing.
const FIXED_MAX = 1e6; // larger numbers are written with an exponent

/** Write a number with some digits after the point, or briefly if it is huge. */
function number(value, digits) {
  const isHuge = Math.abs(value) >= FIXED_MAX;
  const text = isHuge ? value.toExponential(3) : value.toFixed(digits);
  return text.replace("e+", "e").replace("-", "−");
}

/** Write the end of a scale: two significant digits. */
function brief(value) {
  return String(Number(value.toPrecision(2)))
    .replace("e+", "e")
    .replace("-", "−");
}

/** Write first + second = total, or first − … if the second number is negative. */
function addition(first, second, total) {
  const sign = second < 0 ? "−" : "+";
  const size = number(Math.abs(second), 3);
  return `${number(first, 3)} ${sign} ${size} = ${number(total, 3)}`;
}

/**
 * Write a share in percent, with enough digits to show that it is not 0 or 1, and, with
 * a threshold, on which side of it the share is.
 */
function shareInPercent(share, digits, threshold = null) {
  if (!Number.isFinite(share)) return "–";
  const shown = (100 * share).toFixed(digits);
  if (digits < 9 && misleads(Number(shown), share, threshold)) {
    return shareInPercent(share, digits + 1, threshold);
  }
  return `${shown} %`;
}

function misleads(shown, share, threshold) {
  const looksLikeAnEnd = shown === 0 || shown === 100;
  if (looksLikeAnEnd && share > 0 && share < 1) return true;
  if (threshold === null) return false;
  const looksAbove = shown >= Math.round(100 * threshold);
  return looksAbove !== (decide(share, threshold) === 1);
}

/** Write texts into the elements with the given ids. */
function write(texts) {
  for (const [id, text] of Object.entries(texts)) {
    element(id).textContent = text;
  }
}
