// A chance as a hundred dots, to be counted beside its number.

import { icon, svg } from "./elements.js";
import { apportioned } from "./numbers.js";

const ACROSS = 20;
const CELL = 8;

/** Shapes by kind; each fills its cell so that they differ without colour. */
const SHAPES = {
  full: "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z",
  empty: "M-2.6 0a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0 -5.2 0z",
  later: "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z",
  same: "M-2.6 0a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0 -5.2 0z",
  earlier: "M0 -3.2l3.2 3.2l-3.2 3.2l-3.2 -3.2z",
  prevented: "M-2.8 -2.8h5.6v5.6h-5.6z",
  caused: "M-2.8 -2.8l5.6 5.6M2.8 -2.8l-5.6 5.6",
};

/** A hundred dots in the proportions of `parts`, [kind, share]; their number stands in words beside them. */
export function hundred(parts, across = ACROSS) {
  const counts = apportioned(parts.map(([, share]) => share));
  const kinds = parts.flatMap(([kind], i) => new Array(counts[i]).fill(kind));
  const root = icon("hundred", `0 0 ${across * CELL} ${(100 / across) * CELL}`);
  for (const kind of new Set(kinds)) {
    const d = kinds.map((each, i) => (each === kind ? moved(SHAPES[kind], i, across) : "")).join("");
    root.append(svg("path", { class: kind, d }));
  }
  return root;
}

/** So many of a hundred. */
export function nInHundred(share, across = ACROSS) {
  return hundred([["full", share], ["empty", 1 - share]], across);
}

/** One shape alone, for a legend. */
export function sample(kind) {
  return icon("hundred sample", "-4 -4 8 8", svg("path", { class: kind, d: SHAPES[kind] }));
}

/** A path that begins with an absolute move and goes on relatively, moved to cell `i`. */
function moved(shape, i, across) {
  const cx = ((i % across) + 0.5) * CELL;
  const cy = (Math.floor(i / across) + 0.5) * CELL;
  const placed = (_, x, y) => `M${(Number(x) + cx).toFixed(1)} ${(Number(y) + cy).toFixed(1)}`;
  return shape.replace(/M(-?[\d.]+) (-?[\d.]+)/g, placed);
}
