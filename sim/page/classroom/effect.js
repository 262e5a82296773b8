// What a change does, on the same dice: curves at once from few runs, then all runs, in words and dots.

import { dotsChart } from "../dots.js";
import { html, span } from "../elements.js";
import { fanChart } from "../fan.js";
import { ofHundred, range, whole } from "../numbers.js";
import { getResult } from "../result.js";
import { becameTable, pairedSentence } from "../sentence.js";
import { survivalChart } from "../survival.js";
import { sentence } from "./busy.js";

const DWELL = 150; // ms

const question = ({ events = null, injects = [], stopped = [] }) =>
  ({ events: events && [...events], injects, stopped, played: true, since: "played" });

let ahead = null; // the version to work out next
let working = false;

/** Has the server work out what a version does that may be shown soon: one at a time, the latest. `read()` gives it. */
export async function askAhead(room, read) {
  ahead = read;
  if (working) return;
  working = true;
  while (ahead !== null) {
    const next = ahead;
    ahead = null;
    try {
      const version = next();
      await first(version);
      await room.send("effect", question(version));
    } catch {
      // What does not fit is told when the effect is asked for.
    }
  }
  working = false;
}

/** Asks ahead while somebody dwells on what would show the effect: they seldom look before they click. */
export function askedOnDwelling(button, room, read) {
  let dwelling;
  const leave = () => clearTimeout(dwelling);
  const enter = () => {
    leave();
    if (!button.disabled) dwelling = setTimeout(() => button.isConnected && askAhead(room, read), DWELL);
  };
  for (const event of ["pointerenter", "focus"]) button.addEventListener(event, enter);
  for (const event of ["pointerleave", "blur"]) button.addEventListener(event, leave);
}

/** A first picture of a version. */
const first = ({ events = null, injects = [], stopped = [] }) =>
  getResult(events, injects, { runs: "first", stopped });

/**
 * Pictures of a version beside what is played. `show({events, injects, stopped})` draws it: `events` is a Set of the
 * scenario's events that may happen, null for all; `stopped` are [trigger, hour]. `parts` are the pictures to draw.
 */
export function effectView(room, parts = ["survival", "dots"], ours = "with the change", base = "as it is played") {
  const told = { clock: room.told.clock, events: [], width: 460 };
  const makers = {
    survival: [survivalChart, "Not collapsed", "of 100 runs, with 95 % band"],
    fan: [fanChart, "Effective strength", "% of its start; 50, 90 of 100 runs"],
    dots: [dotsChart, "When does it collapse?", "each dot is 5 of 100 runs"],
  };
  const figures = html("div", { class: "curves" });
  const charts = parts.map((name) => {
    const [make, title, note] = makers[name];
    const figure = html("figure", { class: name },
      html("figcaption", {}, html("h3", {}, title, " ", html("span", {}, note))));
    figures.append(figure);
    return make(figure, told, [base, ours]); // the names are for the dots
  });
  const words = html("div", { class: "effect", role: "status" });
  const lived = [["lived", "the lived run, changed"], ["end", "its collapse"]].map(key);
  const keys = html("p", { class: "keys" }, [["ours", ours], ["baseline", base]].map(key), lived);
  const node = html("div", { class: "effects", hidden: true }, html("div", {}, words), html("div", {}, figures, keys));
  let asked = 0;

  /** How the lived run ends is left out before the reveal: who wants to know looks ahead. */
  function draw(picture, before) {
    const { revealed } = room.state();
    const shown = revealed ? picture : { ...picture, lived: null };
    for (const chart of charts) chart.draw(shown, before, new Set());
    for (const each of lived) each.hidden = !shown.lived;
    node.hidden = false;
  }

  async function show({ events = null, injects = [], stopped = [] }) {
    asked += 1;
    const own = asked;
    const [few, before] = await Promise.all([first({ events, injects, stopped }), first({})]);
    if (own !== asked) return;
    draw(few, before);
    words.replaceChildren(...roughly(few, before));
    const found = room.send("effect", question({ events, injects, stopped })).then((numbers) => {
      if (own === asked) words.replaceChildren(...exactly(numbers, room.told.clock));
    });
    const [picture, played] = await Promise.all([getResult(events, injects, { stopped }), getResult(null), found]);
    if (own === asked) draw(picture, played);
  }

  return {
    node,
    show: (version) => show(version).catch((problem) => {
      node.hidden = false;
      words.replaceChildren(html("p", { class: "error" }, sentence(problem.message)));
    }),
    clear() {
      asked += 1;
      node.hidden = true;
    },
  };
}

function key([kind, text]) {
  return span(`key ${kind}`, text);
}

function last({ share }) {
  return ofHundred(share[share.length - 1], 0);
}

function roughly(picture, before) {
  const change = `${last(before.collapsed)} → ${last(picture.collapsed)} of 100 runs collapse by the end`;
  const others = `, by a first ${whole(picture.runs)} runs. The others are on their way …`;
  return [html("p", {}, html("b", {}, change), others)];
}

/** The numbers of `rout compare`: the paired shift, what becomes of the runs, how many collapse. */
function exactly({ runs, shift, became, collapsed, note }, clock) {
  const limits = ([share, low, high]) => ({ share, low, high });
  const shares = Object.fromEntries(Object.entries(became).map(([name, each]) => [name, limits(each)]));
  const paired = { shift, became: shares };
  const [before, after] = [limits(collapsed.before), limits(collapsed.after)];
  return [
    pairedSentence({ paired }, true),
    ...becameTable({ paired }),
    html("p", {}, `By day ${clock.horizon / 24}, `, html("b", {}, ofHundred(after.share)),
      ` of 100 runs collapse (95 % ${range(after.low, after.high)}); as it is played ${ofHundred(before.share)}.`),
    html("p", { class: "note" }, `${whole(runs)} runs, each beside itself on the same dice; ${note}.`),
  ];
}
