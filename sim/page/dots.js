// When each version collapses, as dots: each stands for as many runs as the others.

import { frame } from "./axes.js";
import { set, svg } from "./elements.js";
import { dayOf } from "./numbers.js";

const RADIUS = 4.2;
const COLUMNS = 40;
const ROOM = 6; // columns of dots beside the axis, for runs that do not collapse

/** Two rows of dots: the baseline, and this version. A mark below shows the run that is told, if one is. */
export function dotsChart(figure, { clock, width }, [base, ours] = ["baseline", "this version"]) {
  const chart = dotRows(figure, { clock, width }, [["", base], ["ours", ours]], 166);
  return {
    move() {},
    draw(picture, base) {
      chart.draw([base.dots, picture.dots]);
      chart.mark(picture.lived?.collapse);
      set(chart.root, { "aria-label": described(picture.dots, clock) });
    },
  };
}

/**
 * A row of dots for each [class, name] over one axis of time; `mark(hour)` sets a mark below it.
 * Names stand above their rows, or with `beside` in so many pixels to the left.
 */
export function dotRows(figure, { clock, width: wide }, names, height, beside = null) {
  const left = beside ?? undefined;
  const right = 8 + ROOM * 2 * RADIUS;
  const chart = frame(figure, { width: wide, height, horizon: clock.shown, top: 14, right, left, label: "" });
  const { root, box, width } = chart;
  const each = (box.bottom - box.top) / names.length;
  const rows = names.map(([kind, name], i) => {
    const ground = box.top + each * (i + 1) - 2;
    const at = beside === null ? { x: box.left, y: ground - each + 11 } : { x: 2, y: ground };
    const text = svg("text", { class: "name", ...at }, name);
    const dots = svg("g", { class: `dots ${kind}` });
    root.append(text, dots);
    return { ground, dots };
  });
  const edge = box.right + RADIUS;
  root.append(svg("line", { class: "base", x1: edge, x2: edge, y1: box.top, y2: box.bottom }));
  root.append(svg("text", { class: "name", x: width - 2, y: box.bottom + 15, "text-anchor": "end" }, "holds"));
  const own = svg("path", { class: "mark" });
  root.append(own);
  return {
    root,
    draw(all) {
      all.forEach((hours, i) => stack(chart, rows[i], hours, beside === null ? each : each + 10));
    },
    mark(hour) {
      if (hour === undefined) return set(own, { d: null });
      const at = hour === null ? box.right + 3 * RADIUS : chart.x(hour);
      set(own, { d: `M${at.toFixed(1)} ${box.bottom + 1}l-4 7h8z` });
    },
  };
}

/** Puts dots into columns, as many as there are; higher columns are pressed together. */
function stack({ x, box }, { ground, dots }, hours, height) {
  const width = (box.right - box.left) / COLUMNS;
  const heights = new Map();
  const columnOf = (hour) => Math.ceil((x(hour) - box.left) / width - 1e-9) - 1;
  const places = hours.map((hour) => {
    const column = hour === null ? COLUMNS : Math.min(COLUMNS - 1, Math.max(0, columnOf(hour)));
    const turn = heights.get(column) ?? 0;
    heights.set(column, turn + 1);
    return { column, turn };
  });
  const tallest = Math.max(...[...heights].filter(([column]) => column < COLUMNS).map(([, many]) => many), 1);
  const press = Math.min(2 * RADIUS, (height - 14 - 2 * RADIUS) / Math.max(1, tallest - 1));
  const aside = ROOM - 1;
  while (dots.childElementCount < places.length) dots.append(svg("circle", { r: RADIUS - 0.4 }));
  places.forEach(({ column, turn }, i) => {
    const never = column === COLUMNS;
    const cx = never ? box.right + RADIUS * (3 + 2 * (turn % aside)) : box.left + (column + 0.5) * width;
    const up = never ? Math.floor(turn / aside) * 2 * RADIUS : turn * press;
    set(dots.children[i], { cx: cx.toFixed(1), cy: (ground - RADIUS - up).toFixed(1), class: never ? "never" : null });
  });
}

function described(hours, clock) {
  const each = 100 / hours.length;
  const never = hours.filter((hour) => hour === null).length * each;
  const known = hours.filter((hour) => hour !== null);
  const when = known.length ? `from day ${dayOf(known[0])} to day ${dayOf(known[known.length - 1])}` : "never";
  const beyond = `about ${never} of 100 hold beyond day ${clock.horizon / 24}`;
  return `When this version collapses; each dot is ${each} of 100 runs: ${when}; ${beyond}.`;
}
