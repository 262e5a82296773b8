// Effective strength over time: the middle of all runs, and how far they spread.

import { QUARTERS, band, cursor, frame, line } from "./axes.js";
import { indexAt } from "./clock.js";
import { set, svg } from "./elements.js";
import { fixed } from "./numbers.js";

/** The chart; the run that is told, if one is, lies in it as a thin line. */
export function fanChart(figure, { clock, width }) {
  const chart = frame(figure, { width, height: 160, horizon: clock.shown, yTicks: QUARTERS, label: "" });
  const names = ["band", "band ours", "band ours inner", "line", "line ours", "line lived"];
  const paths = names.map((name) => svg("path", { class: name }));
  chart.plot.append(...paths);
  const move = cursor(chart);
  return {
    move,
    draw(picture, base) {
      const [outerBase, outer, inner, lineBase, middle, lived] = paths;
      const { hours, ticks } = clock;
      const ours = picture.strength;
      set(outerBase, { d: band(chart, hours, base.strength.p5, base.strength.p95) });
      set(outer, { d: band(chart, hours, ours.p5, ours.p95) });
      set(inner, { d: band(chart, hours, ours.p25, ours.p75) });
      set(lineBase, { d: line(chart, hours, base.strength.p50) });
      set(middle, { d: line(chart, hours, ours.p50) });
      set(lived, { d: picture.lived && line(chart, ticks, picture.lived.strength) });
      set(chart.root, { "aria-label": described(ours, clock) });
    },
  };
}

function described(strength, { hours, shown }) {
  const parts = [0.25, 0.5, 1].map((share) => {
    const at = indexAt(hours, share * shown);
    const [low, middle, high] = ["p5", "p50", "p95"].map((name) => fixed(100 * strength[name][at], 0));
    return `day ${fixed(hours[at] / 24, 0)}: ${middle} (5 to 95 % of runs: ${low} to ${high})`;
  });
  return `Effective strength, per cent of its start, middle of all runs. ${parts.join("; ")}.`;
}
