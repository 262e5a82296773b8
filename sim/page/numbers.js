// Numbers as text, rounded as the command line rounds them.

/** `value` with so many digits after the point. An exact half goes to its even neighbour, as in Python. */
export function fixed(value, digits) {
  const scaled = value * 2 ** (digits + 1);
  const halves = Math.abs(scaled) * 5 ** digits; // whole if `value` has so few binary digits, then exact
  if (!Number.isInteger(scaled) || halves % 2 !== 1) return value.toFixed(digits);
  const below = (halves - 1) / 2;
  return ((Math.sign(value) * (below % 2 === 0 ? below : below + 1)) / 10 ** digits).toFixed(digits);
}

/** With its sign and a true minus; 0 has none. */
export function signed(value, digits) {
  if (value === null) return "–";
  const text = fixed(Math.abs(value), digits);
  return Number(text) === 0 ? text : (value < 0 ? "−" : "+") + text;
}

/** A share as a number of 100 runs. */
export function ofHundred(share, digits = 1) {
  return fixed(100 * share, digits);
}

/** The limits of a share as numbers of 100 runs. */
export function range(low, high) {
  return `${ofHundred(low)}–${ofHundred(high)}`;
}

/** Hours as signed days. */
export function shiftDays(hours) {
  return signed(hours === null ? null : hours / 24, 2);
}

/** Hours as days with one digit; words where not reached. */
export function dayOf(hours, never = "not reached") {
  return hours === null ? never : fixed(hours / 24, 1);
}

/** A whole number with commas. */
export function whole(value) {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `counted(2, "event")` is "2 events". */
export function counted(number, noun) {
  return `${whole(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Whole numbers in the proportions of `shares` that add up to `total` (largest remainders). */
export function apportioned(shares, total = 100) {
  const sum = shares.reduce((a, b) => a + b, 0) || 1;
  const exact = shares.map((share) => (share / sum) * total);
  const seats = exact.map(Math.floor);
  const order = exact.map((_, i) => i).sort((a, b) => exact[b] - seats[b] - (exact[a] - seats[a]) || a - b);
  const left = total - seats.reduce((a, b) => a + b, 0);
  for (const i of order.slice(0, left)) seats[i] += 1;
  return seats;
}

/** Seconds as "02:35". */
export function minutes(seconds) {
  const all = Math.max(0, Math.floor(seconds));
  return [all / 60, all % 60].map((each) => String(Math.floor(each)).padStart(2, "0")).join(":");
}
