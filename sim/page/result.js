// The one question a page asks of the simulation, whoever answers it.
//
// getResult(events, injects) gives a picture (sim/experiments/picture.py) of the version in which
// only these of the switchable events may happen, on the same dice as the baseline:
//   holding   {share, low, high}: runs not collapsed at each of clock.hours
//   strength  {p5, p25, p50, p75, p95}: of effective strength at each of clock.hours
//   dots      hours of collapse at evenly spaced quantiles, null where not reached
//   collapsed {share, low, high, difference_share, …}: by each of clock.days
//   median    {hours, low, high}    capital {share, low, high}
//   lost      share of runs in which each place is lost, place after place, at each of clock.hours
//   paired    {shift: {mean, low, high, median, …}, became: {later: {share, low, high}, …}, spread}
//   lived     the one run that is told, as it would have gone (sim/report/lived.py: history); null in a first picture

import { unpack } from "./table.js";

let answer = null;

/** Chooses who answers: `embedded(data)`, or any function of (events, injects, how) that gives a picture. */
export function connect(back) {
  answer = back;
}

/**
 * The picture of a version. `events` is a Set of the names of those switched on, `injects` a list;
 * `how` is for whoever answers: a server gives {runs: "first"} of few runs, at once.
 */
export async function getResult(events, injects = [], how = {}) {
  return answer(events, injects, how);
}

/** Answers from the table inside the page. */
export function embedded(data) {
  return async (events, injects) => {
    if (injects.length > 0) throw new RangeError("this page holds its own events only: an inject needs a server");
    const row = data.events.reduce((bits, event, i) => bits | (events.has(event.name) ? 1 << i : 0), 0);
    const [picture, lived] = await Promise.all([unpack(data.table, row), unpack(data.lived, row)]);
    return { ...picture, lived };
  };
}
