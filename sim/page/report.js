// The after-action report: puts the page together from the data embedded in it.

import { breaksView, chainList, firstTable, reasonsTable } from "./chains.js";
import { dotsChart } from "./dots.js";
import { byId, html, row } from "./elements.js";
import { fanChart } from "./fan.js";
import { forecastStrips, scoresTable } from "./foresaw.js";
import { forksTable } from "./forks.js";
import { happenedList } from "./happened.js";
import { bandsChart, bandsText, limitsLists } from "./honesty.js";
import { legend } from "./legend.js";
import { luckView } from "./lucky.js";
import { mapView } from "./map.js";
import { aloneTable, pairsTable } from "./mattered.js";
import { counted, dayOf, fixed, whole } from "./numbers.js";
import { placesTable } from "./places.js";
import { player } from "./player.js";
import { connect, embedded, getResult } from "./result.js";
import { becameTable, collapsedTable, medianSentence, pairedSentence, spoken, versionName } from "./sentence.js";
import { shiftChart } from "./shift.js";
import { survivalChart } from "./survival.js";
import { switches } from "./switches.js";
import { canRead } from "./table.js";

const data = JSON.parse(byId("data").textContent);
byId("old").hidden = canRead();
connect(embedded(data));
start(data);

async function start(data) {
  const { case: told, clock, events, report } = data;
  heading(told, clock);
  fixedParts(data);
  if (data.class) classParts(data);
  const baseline = await getResult(new Set(events.map((event) => event.name)));
  const charts = [
    survivalChart(byId("survival"), data),
    fanChart(byId("fan"), data),
    dotsChart(byId("dots"), data),
    shiftChart(byId("shift"), data),
    placesTable(byId("places"), data),
  ];
  const map = mapView(byId("map"), data);
  const printed = printMaps(data);
  const mode = () => document.querySelector("input[name=mode]:checked").value;
  let hour = 0;
  let shown = baseline;

  const move = (now) => {
    hour = now;
    const told = map.move(hour, mode());
    byId("map-text").textContent = told.text;
    byId("legend").replaceChildren(...legend(data, mode(), told));
    for (const chart of charts) chart.move?.(hour);
  };
  const play = player({ slider: byId("time"), button: byId("play"), output: byId("moment") }, clock, move);

  async function show(on) {
    const picture = await getResult(on);
    const changed = on.size < events.length;
    const name = versionName(events, on);
    byId("what-if").classList.toggle("changed", changed);
    document.documentElement.classList.toggle("changed", changed);
    for (const chart of charts) chart.draw(picture, baseline, on);
    map.draw(picture);
    move(hour);
    shown = picture;
    byId("version").textContent = name;
    byId("version-print").textContent = name;
    byId("print-version").textContent = `This run on the map. ${name}.`;
    byId("sentence").replaceChildren(pairedSentence(picture, changed));
    byId("became").replaceChildren(...becameTable(picture));
    byId("collapsed").replaceChildren(collapsedTable(picture, baseline, clock));
    byId("median").textContent = medianSentence(picture, clock);
    byId("spoken").textContent = spoken(name, picture, baseline, clock, changed);
  }

  for (const radio of document.querySelectorAll("input[name=mode]")) radio.addEventListener("change", () => move(hour));
  const fieldset = byId("events");
  const { on } = switches(fieldset, data, show);
  fieldset.hidden = events.length === 0;
  await show(on());
  printed.draw(shown);
  window.addEventListener("beforeprint", () => printed.draw(shown));
  const end = baseline.lived.collapse ?? clock.horizon / 2;
  play.go(clock.ticks.findIndex((tick) => tick >= end / 2));
  document.documentElement.dataset.ready = "true";
}

function heading(told, clock) {
  byId("title").textContent = told.title;
  const days = `${fixed(clock.horizon / 24, 0)} days from ${clock.start.slice(0, 10)}`;
  byId("facts").textContent = `${counted(told.runs, "run")} · ${days} · seed ${told.seed}`;
  byId("summary").textContent = told.summary;
  byId("chosen").textContent = `What can be switched off: ${told.how_chosen}. All else stays as the scenario has it.`;
  byId("note").textContent = `Ranges are ${told.note}.`;
}

/** Everything that does not move with the switches. */
function fixedParts({ case: told, clock, events, ground, report, provenance: facts }) {
  byId("happened").append(...happenedList(report, { ground, events }));
  const sampled = "sampled: a life that this force might have had, not a typical one";
  byId("run").textContent = `Run ${told.run} of ${whole(told.runs)}, ${sampled}.`;
  byId("luck").append(...luckView(report, told, clock));
  if (events.length) byId("alone").append(aloneTable(report, events, clock));
  if (report.pairs.length) byId("pairs").append(...pairsTable(report, events));
  byId("pairs-part").hidden = report.pairs.length === 0;
  byId("mattered").hidden = events.length === 0;
  const [figure, legend, choice, answer] = ["breaks", "terms", "unit", "answer"].map(byId);
  breaksView({ figure, legend, choice, answer }, { report, clock });
  byId("chains").append(chainList(report));
  byId("reasons").append(reasonsTable(report));
  byId("first").append(firstTable(report));
  bandsChart(byId("bands"), report, clock);
  byId("bands-text").append(...bandsText(report, told, clock));
  byId("limits").append(...limitsLists(report));
  byId("prompts").append(...report.prompts.map((text) => html("li", {}, text)));
  provenance(facts, told);
  const apart = `Places that lie close together are drawn apart, by up to ${fixed(ground.moved_km, 0)} km.`;
  byId("moved").textContent = ground.moved_km < 1 ? "" : apart;
}

/** What only the report of a class has. */
function classParts(data) {
  const { teams, foreseen, forks, revealed } = data.class;
  document.documentElement.classList.add("of-class");
  byId("kind").textContent = "After-action report of a class";
  byId("chosen").textContent = `What can be switched off: ${data.case.how_chosen}. What was played is the baseline.`;
  const played = revealed ? "" : " It had not been revealed yet when this was made.";
  const named = teams.map(({ name, role, members }) => `${name} (${[role, ...members].join(", ")})`).join("; ");
  byId("run").textContent += ` It is the run that the class lived, with what it played.${played} Teams: ${named}.`;
  for (const id of ["foresaw", "to-foresaw"]) byId(id).hidden = false;
  byId("foresaw-sentence").textContent = foreseen.sentence;
  byId("foresaw-parts").hidden = foreseen.rows.length === 0;
  if (foreseen.rows.length) {
    forecastStrips(byId("forecasts"), data);
    byId("scores").append(scoresTable(data.class));
  }
  byId("forks-part").hidden = forks.length === 0;
  if (forks.length) byId("forks").append(forksTable(data.class));
}

function provenance(facts, told) {
  const versions = Object.entries(facts.versions).map(([name, version]) => `${name} ${version}`).join(", ");
  const rows = [
    ["Again", html("code", {}, facts.command)],
    ["Made from", `${facts.source}, seed ${told.seed}, ${whole(told.runs)} runs of each version`],
    ["Scenario", html("code", {}, `sha256 ${facts.scenario_sha256}`)],
    ["Made", facts.started && `${facts.started}, in ${fixed(facts.seconds, 0)} s, ${facts.kernel} kernel`],
    ["With", [versions, facts.platform].filter(Boolean).join("; ")],
  ].filter(([, text]) => text);
  byId("provenance").append(html("table", {}, html("tbody", {}, rows.map(([name, text]) => row(name, text)))));
}

/** Three moments of the run for the printed page. */
function printMaps(data) {
  const frames = [0, 0.5, 1].map((share) => {
    const figure = html("figure", {});
    const caption = html("figcaption", {});
    byId("print-maps").append(figure);
    figure.append(caption);
    return { share, caption, map: mapView(figure, data, { width: 430, small: true }) };
  });
  return {
    draw(picture) {
      const end = picture.lived.collapse ?? data.clock.horizon;
      const roads = new Set();
      for (const { share, caption, map } of frames) {
        map.draw(picture);
        for (const kind of map.move(share * end, "run").roads) roads.add(kind);
        caption.textContent = `day ${dayOf(share * end)}`;
      }
      byId("print-legend").replaceChildren(...legend(data, "run", { roads }));
    },
  };
}
