// The reveal: the fan opens around the lived run; when the force breaks in all runs; how lucky this one was.

import { dotRows } from "../dots.js";
import { html, set, span } from "../elements.js";
import { fanChart } from "../fan.js";
import { luckView } from "../lucky.js";
import { whole } from "../numbers.js";
import { getResult } from "../result.js";
import { pairedSentence } from "../sentence.js";
import { sentence } from "./busy.js";
import { dotsOf, sealedPoints } from "./said.js";

const OPENS = 2600; // milliseconds
const BESIDE = 178; // for the name of a team; on a phone it stands above its row
const LONG = 19; // letters of it
const BANDS = ["p5", "p25", "p50", "p75", "p95"];

/**
 * Two parts, pictures (so many pixels wide) and words. It asks once the run is revealed; `look()` asks at once, for
 * the umpire alone.
 */
export function revealView(room, wide = 640) {
  const fanFigure = figure("fan", "Effective strength", "% of its start; 50, 90 of 100 runs");
  const rowsFigure = figure("rows", "When does it collapse?", "each dot is 5 in 100; the mark below is this run");
  const keys = html("p", { class: "keys" });
  const luck = html("div", { class: "luck" });
  const moved = html("div", { class: "moved" });
  const error = html("p", { class: "error", role: "alert" });
  const pictures = html("div", { class: "pictures" }, error, fanFigure, keys, rowsFigure);
  const words = html("div", { class: "told" }, luck, moved);
  const fan = fanChart(fanFigure, { ...room.told, width: isNarrow() ? undefined : wide });
  let done = false;

  async function look() {
    if (done) return;
    done = true;
    try {
      const alone = room.send("result", { played: false });
      const [picture, base, ranks] = await Promise.all([getResult(null), alone, room.ask("luck")]);
      error.textContent = "";
      const { state, told } = { state: room.state(), told: room.told };
      const about = { title: told.case.title, run: state.run, runs: told.case.runs };
      luck.replaceChildren(html("h3", {}, "How lucky were we?"), ...luckView({ luck: ranks }, about, told.clock));
      moved.replaceChildren(...movedWords(state, picture, told));
      keys.replaceChildren(...keysOf(state));
      dotPicture(rowsFigure, room, picture, wide);
      open(fan, picture, base);
    } catch (problem) {
      done = false;
      error.textContent = sentence(problem.message);
    }
  }
  const again = () => { done = false; };
  return { parts: [pictures, words], look, again, update: () => room.state().revealed && look() };
}

function figure(name, title, note) {
  return html("figure", { class: name }, html("figcaption", {}, html("h3", {}, title, " ", html("span", {}, note))));
}

/** What the lines are. Where nothing was played there is nothing beside it. */
function keysOf({ played }) {
  const words = [["lived", "the lived run"], ["ours", "all runs of what was played"], ["baseline", "nothing played"]];
  const lines = played.length ? words : [words[0], ["ours", "all runs"]];
  return lines.map(([kind, text]) => span(`key ${kind}`, text));
}

/** All runs, and under them the last forecast of each team. */
function dotPicture(node, room, picture, wide) {
  const { teams, forecasts } = room.state();
  const said = teams.map(({ id, name }) => {
    const own = forecasts.filter(({ team }) => team === id).sort((a, b) => a.turn - b.turn).pop();
    const short = name.length > LONG ? `${name.slice(0, LONG - 1)}…` : name;
    return own && { name: `${short} · turn ${own.turn}`, dots: dotsOf(sealedPoints(own.points), own.hour) };
  }).filter(Boolean);
  const names = [["ours", "all runs"], ...said.map(({ name }) => ["", name])];
  node.querySelector("svg")?.remove();
  const rows = isNarrow()
    ? dotRows(node, { clock: room.told.clock }, names, 50 + 50 * names.length)
    : dotRows(node, { clock: room.told.clock, width: wide }, names, 50 + 30 * names.length, BESIDE);
  rows.draw([picture.dots, ...said.map(({ dots }) => dots)]);
  rows.mark(picture.lived.collapse);
  const label = `When it collapses in all runs, and what ${said.length} teams said; the scores tell it in words.`;
  set(rows.root, { "aria-label": label });
}

function isNarrow() {
  return window.matchMedia("(max-width: 760px)").matches;
}

function movedWords({ played }, picture, { case: told }) {
  if (played.length === 0) return [html("p", { class: "note" }, "Nothing was played: this is the scenario as it is.")];
  return [
    html("h3", {}, "What the class changed"), pairedSentence(picture, true),
    html("p", { class: "note" }, `Beside the same ${whole(told.runs)} runs with nothing played; ${told.note}.`),
  ];
}

/** Draws the fan from the lived run outward; at once for those who want less motion. */
function open(fan, picture, base) {
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) return fan.draw(picture, base);
  const { strength: own } = picture.lived;
  const began = performance.now();
  const blend = (strength, way) => Object.fromEntries(
    BANDS.map((name) => [name, strength[name].map((value, i) => own[i] + (value - own[i]) * way)]));
  const step = (now) => {
    const way = Math.min(1, Math.max(0, (now - began) / OPENS));
    const eased = 1 - (1 - way) ** 3;
    const at = (each) => ({ ...each, strength: blend(each.strength, eased) });
    fan.draw(way < 1 ? at(picture) : picture, way < 1 ? at(base) : base);
    if (way < 1) requestAnimationFrame(step);
  };
  step(began);
}
