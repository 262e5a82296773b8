// How far the collapse moves in the same run: a histogram of paired shifts.

import { set, svg } from "./elements.js";

const WIDTH = 400;
const HEIGHT = 96;
const SPANS = [1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 180, 365]; // days on either side
const MOST_BARS = 15; // on either side

/** Earlier to the left, later to the right, the same hour in the middle. */
export function shiftChart(figure, { clock }) {
  const root = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": "" });
  const bars = svg("g");
  const axis = svg("g", { class: "axes" });
  root.append(bars, axis);
  figure.append(root);
  return {
    draw(picture) {
      const { spread } = picture.paired;
      const binDays = clock.horizon / 24 / spread.later.length;
      const reach = Math.max(lastFilled(spread.earlier), lastFilled(spread.later)) * binDays;
      const span = SPANS.find((days) => days >= reach) ?? Math.ceil(reach);
      const bins = Math.round(span / binDays);
      const each = Math.ceil(bins / MOST_BARS);
      const sides = [gathered(spread.earlier, bins, each).reverse(), gathered(spread.later, bins, each)];
      const all = [...sides[0], spread.same, ...sides[1]];
      const most = Math.max(...all, 1);
      const step = WIDTH / all.length;
      while (bars.childElementCount < all.length) bars.append(svg("rect"));
      while (bars.childElementCount > all.length) bars.lastChild.remove();
      all.forEach((count, i) => {
        const height = (count / most) * (HEIGHT - 26);
        const side = i < sides[0].length ? "earlier" : i > sides[0].length ? "later" : "same";
        set(bars.children[i], { class: side, x: i * step + 0.5, width: step - 1, y: HEIGHT - 20 - height, height });
      });
      axis.replaceChildren(svg("line", { class: "base", x1: 0, x2: WIDTH, y1: HEIGHT - 20, y2: HEIGHT - 20 }));
      for (const [share, anchor] of [[-1, "start"], [-0.5, "middle"], [0, "middle"], [0.5, "middle"], [1, "end"]]) {
        const text = share === 0 ? "0" : `${share < 0 ? "−" : "+"}${Math.abs(share) * span}`;
        const at = WIDTH / 2 + (share * (WIDTH - step)) / 2;
        const x = anchor === "start" ? 0 : anchor === "end" ? WIDTH : at;
        axis.append(svg("text", { x, y: HEIGHT - 6, "text-anchor": anchor }, `${text}${share === 1 ? " days" : ""}`));
      }
      set(root, { "aria-label": "Paired shifts of the collapse, run by run: earlier left, later right." });
    },
  };
}

function lastFilled(counts) {
  return counts.reduce((last, count, i) => (count > 0 ? i + 1 : last), 0);
}

/** The first `bins` counts, `each` of them to a bar. */
function gathered(counts, bins, each) {
  const bars = new Array(Math.ceil(bins / each)).fill(0);
  counts.slice(0, bins).forEach((count, i) => (bars[Math.floor(i / each)] += count));
  return bars;
}
