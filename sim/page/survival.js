// The share of runs in which the force has not collapsed, over time.

import { QUARTERS, band, cursor, frame, steps } from "./axes.js";
import { set, svg } from "./elements.js";
import { dayOf, ofHundred, range } from "./numbers.js";

/** The chart, with a mark above it for each event. */
export function survivalChart(figure, { clock, events, width }) {
  const chart = frame(figure, { width, height: 168, horizon: clock.shown, yTicks: QUARTERS, top: 20, label: "" });
  const { root, plot, box, x } = chart;
  const paths = ["band", "band ours", "line", "line ours"].map((name) => svg("path", { class: name }));
  const marks = events.map(({ hour, label }) =>
    hour === null ? null : svg("path", { d: `M${x(hour) - 5} 3h10l-5 9z` }, svg("title", {}, label)));
  plot.append(...paths);
  root.append(...marks.filter(Boolean));
  const move = cursor(chart);
  return {
    move,
    draw(picture, base, on) {
      const [baseBand, band_, baseLine, line] = paths;
      set(baseBand, { d: band(chart, clock.hours, base.holding.low, base.holding.high) });
      set(band_, { d: band(chart, clock.hours, picture.holding.low, picture.holding.high) });
      set(baseLine, { d: `${steps(chart, clock.hours, base.holding.share)}H${box.right}` });
      set(line, { d: `${steps(chart, clock.hours, picture.holding.share)}H${box.right}` });
      marks.forEach((mark, i) => mark && set(mark, { class: on.has(events[i].name) ? "event" : "event off" }));
      set(root, { "aria-label": described(picture, clock) });
    },
  };
}

function described({ collapsed, median }, clock) {
  const last = clock.days.length - 1;
  const share = `${ofHundred(collapsed.share[last])} of 100 runs have collapsed`;
  const interval = `95 % interval ${range(collapsed.low[last], collapsed.high[last])}`;
  const middle = `the middle run on day ${dayOf(median.hours)}`;
  return `Runs not collapsed over ${clock.horizon / 24} days. By the end ${share} (${interval}); ${middle}.`;
}
