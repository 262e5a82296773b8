// What the charts over time share: a frame with axes, and lines, steps and bands in it.

import { set, svg } from "./elements.js";

/**
 * A chart: its <svg>, a plot that cuts off what lies beyond the axis, the inner box, and x (hours)
 * and y as functions to pixels. Both layers count pixels alike.
 */
export function frame(figure, options) {
  const { width = 400, height, horizon, label, yTicks, top = 10, bottom = 32, left = 36, right = 8 } = options;
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  const box = { left, right: width - right, top, bottom: height - bottom };
  const x = (hour) => box.left + (hour / horizon) * (box.right - box.left);
  const most = yTicks ? yTicks[yTicks.length - 1].at : 1;
  const y = (value) => box.bottom - (value / most) * (box.bottom - box.top);
  const axes = svg("g", { class: "axes" });
  for (const tick of yTicks ?? []) {
    axes.append(svg("line", { x1: box.left, x2: box.right, y1: y(tick.at), y2: y(tick.at) }));
    axes.append(svg("text", { x: box.left - 5, y: y(tick.at) + 4, "text-anchor": "end" }, tick.text));
  }
  axes.append(svg("line", { class: "base", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }));
  for (const day of dayTicks(horizon / 24)) {
    axes.append(svg("line", { class: "base", x1: x(day * 24), x2: x(day * 24), y1: box.bottom, y2: box.bottom + 4 }));
    axes.append(svg("text", { x: x(day * 24), y: box.bottom + 15, "text-anchor": "middle" }, String(day)));
  }
  const middle = (box.left + box.right) / 2;
  axes.append(svg("text", { x: middle, y: height - 3, "text-anchor": "middle" }, "days since the start"));
  const wide = box.right - box.left + 1;
  const plot = svg("svg", { x: box.left, y: 0, width: wide, height, viewBox: `${box.left} 0 ${wide} ${height}` });
  root.append(axes, plot);
  figure.append(root);
  return { root, plot, box, x, y, width, height };
}

/** Whole days to mark on an axis, at most about eight. */
export function dayTicks(days) {
  const step = [1, 2, 5, 10, 20, 30, 60, 90, 180, 365].find((each) => days / each <= 8) ?? Math.ceil(days / 8);
  const ticks = [];
  for (let day = 0; day <= days + 1e-9; day += step) ticks.push(day);
  return ticks;
}

/** Marks of a share in quarters. */
export const QUARTERS = [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, text: String(100 * at) }));

/** The path of a line through (hours, values). */
export function line({ x, y }, hours, values) {
  return values.map((value, i) => `${i ? "L" : "M"}${point(x(hours[i]), y(value))}`).join("");
}

/** The path of a step function: each value holds until the next hour. */
export function steps({ x, y }, hours, values) {
  const stairs = values.slice(1).map((value, i) => `H${x(hours[i + 1]).toFixed(1)}V${y(value).toFixed(1)}`);
  return `M${point(x(hours[0]), y(values[0]))}${stairs.join("")}`;
}

/** The path of the area between two lines. */
export function band({ x, y }, hours, low, high) {
  const back = low.map((value, i) => `L${point(x(hours[i]), y(value))}`).reverse();
  return `${line({ x, y }, hours, high)}${back.join("")}Z`;
}

/** A vertical line that follows the map's moment. */
export function cursor({ plot, box, x }) {
  const mark = svg("line", { class: "cursor", y1: box.top, y2: box.bottom });
  plot.append(mark);
  return (hour) => set(mark, { x1: x(hour), x2: x(hour) });
}

function point(x, y) {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}
