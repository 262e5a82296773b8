// Who saw it coming: the sealed forecasts, scored. Lower is better.

import { html, row } from "../elements.js";
import { fixed } from "../numbers.js";
import { table } from "../sentence.js";
import { sentence } from "./busy.js";
import { inWords, sealedPoints } from "./said.js";

/** The teams in order, and with `all` every forecast. Asks once the run is revealed. */
export function scoresView(room, { all = true } = {}) {
  const node = html("div", { class: "scores" });
  let done = false;
  return {
    node,
    async update() {
      if (!room.state().revealed || done) return;
      done = true;
      try {
        const rows = await room.ask("scores");
        node.replaceChildren(...(rows.length ? filled(room, rows, all) : [html("p", {}, "Nobody sealed a forecast.")]));
      } catch (problem) {
        done = false;
        node.replaceChildren(html("p", { class: "error" }, sentence(problem.message)));
      }
    },
  };
}

function filled(room, rows, all) {
  const nameOf = (id) => room.state().teams.find((team) => team.id === id)?.name ?? id;
  const ranked = ranking(rows, nameOf);
  const first = table(["", "off by [days]", "expected", "the best possible", "forecasts"], ranked.map((each, i) =>
    row(`${i + 1}. ${each.name}`, html("b", {}, days(each.crps)), days(each.expected), days(each.best), each.many)),
    { class: "ranking" });
  const about = html("p", { class: "note" },
    "Off by: how far the twenty dots lie from what happened, on average (CRPS). Expected: the same over all runs, so ",
    "luck is taken out. The best possible: that of a team that knows the model. Lower is better.");
  if (!all) return [first, about];
  const each = rows.map(({ team, turn, points, reason, crps, expected }) => {
    const words = inWords(sealedPoints(points), (day) => fixed(day, 1));
    return row(`${nameOf(team)}, turn ${turn}`, days(crps), days(expected), html("span", { class: "said" }, words,
      html("q", {}, reason)));
  });
  return [first, about, html("details", {}, html("summary", {}, "Every forecast, with its reason"),
    html("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Every forecast" },
      table(["", "off by [days]", "expected", "said"], each, { class: "each" })))];
}

/** Means over the forecasts of each team that count, the lowest first. */
function ranking(rows, nameOf) {
  const ids = [...new Set(rows.map(({ team }) => team))];
  const mean = (values) => (values.length ? values.reduce((a, b) => a + b, 0) / values.length : null);
  return ids.map((id) => {
    const own = rows.filter(({ team, crps }) => team === id && crps !== null);
    const of = (name) => mean(own.map((each) => each[name]));
    return { name: nameOf(id), crps: of("crps"), expected: of("expected"), best: of("best"), many: own.length };
  }).sort((a, b) => (a.crps ?? Infinity) - (b.crps ?? Infinity));
}

function days(hours) {
  return hours === null ? "–" : fixed(hours / 24, 1);
}
