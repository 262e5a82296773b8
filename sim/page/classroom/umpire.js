// The umpire's page: the class on the left, the world in the middle, what can be done to it on the right.

import { byId, html, span } from "../elements.js";
import { decisionsView } from "./decisions.js";
import { doorView, membersView } from "./door.js";
import { changeWords, isOver, momentWords, turnWords } from "./facts.js";
import { saveButton } from "./files.js";
import { injectView } from "./inject.js";
import { refill } from "./keep.js";
import { newsView } from "./news.js";
import { part } from "./part.js";
import { planView } from "./plan.js";
import { revealView } from "./reveal.js";
import { sayingsView } from "./sayings.js";
import { scenarioView } from "./scenario.js";
import { scoresView } from "./scores.js";
import { sealedView } from "./sealed.js";
import { setupView } from "./setup.js";
import { tabs } from "./tabs.js";
import { terrainView } from "./terrain.js";
import { timerView } from "./timer.js";
import { turnView } from "./turn.js";
import { unitsView } from "./units.js";
import { whatIfView } from "./whatif.js";
import { whyView } from "./why.js";

/** The parts of the page, and `update()`. */
export function umpirePage(room) {
  const why = whyView(room);
  const whyPart = part("why", "Why did this unit break?", why.node);
  const ask = (id) => { why.ask(id); whyPart.scrollIntoView({ block: "nearest" }); };
  const views = {
    door: doorView(room), members: membersView(room), sealed: sealedView(room, () => true),
    turn: turnView(room, () => views.setup.saved()),
    timer: timerView(room), terrain: terrainView(room, { why: ask }), news: newsView(room, 6), why,
    setup: setupView(room), plan: planView(room, () => deck.show("inject")), inject: injectView(room),
    scenario: scenarioView(room), units: unitsView(room), played: decisionsView(room),
    sayings: sayingsView(room), reveal: revealView(room),
    scores: scoresView(room), what: whatIfView(room, { early: true }),
  };
  const ahead = aheadPart(room, views.reveal);
  const log = html("div", {}, views.played.node, views.sayings.node);
  const deck = tabs("What the umpire can do", [
    ["setup", "Set-up", views.setup.node], ["reveal", "Ahead", ahead.node], ["scores", "Scores", views.scores.node],
    ["inject", "Inject", views.inject.node], ["plan", "Plan", views.plan.node],
    ["scenario", "Scenario", views.scenario.node], ["units", "Units", views.units.node],
    ["played", "Played", log], ["what", "What if", views.what.node],
  ].map(([name, label, node]) => ({ name, label, node })));
  const name = (ending) => `${room.told.case.name}${ending}`;
  const report = saveButton(room, "Save the report", "report", () => name("-report.html"),
    "One file with all that was played. It takes a minute to make, of a large case several.");
  const keep = html("div", { class: "buttons" }, report,
    saveButton(room, "Save the log", "export", () => name("-class.jsonl")));
  const classPart = part("class", "The class",
    views.turn.node, views.sealed.node, views.members.node, views.door.node, keep);
  const doPart = html("section", { class: "card", id: "do", "aria-label": "What the umpire can do" }, deck.node);
  let before = null;
  let stage = "";
  return {
    nodes: [
      html("div", { class: "column left" }, classPart, part("news", "What has happened", views.news.node)),
      html("div", { class: "column middle" }, part("map", "The map", views.terrain.node), whyPart),
      html("div", { class: "column right" }, doPart),
    ],
    update() {
      const state = room.state();
      refill(byId("facts"), [turnWords(state), momentWords(room.told, state), state.code], () => [
        span("who", html("b", {}, "Umpire")), span("turn", html("b", {}, turnWords(state))),
        span("when", momentWords(room.told, state)), views.timer.node,
        span("codes", "code ", html("b", {}, state.code)),
      ]);
      document.title = `Umpire: ${room.told.case.title}`;
      room.say(changeWords(room.told, before, state) || byId("spoken").textContent);
      before = state;
      const now = state.revealed ? "after" : isOver(state) ? "ended" : state.turn > 0 ? "play" : "before";
      if (now !== stage) deck.offer(OFFERED[now]);
      if (now === "after" && stage !== "after") deck.show("reveal");
      if (now === "play" && stage === "before") deck.show("inject");
      stage = now;
      document.body.dataset.stage = now;
      report.hidden = !state.revealed;
      ahead.update(state);
      for (const view of Object.values(views)) view.update();
    },
  };
}

const PLAY = ["inject", "plan", "scenario", "units", "played", "what", "reveal"];
const OFFERED = {
  before: ["setup", ...PLAY.filter((each) => each !== "played")], play: PLAY,
  ended: ["reveal", "what", "played", "plan", "scenario", "units"],
  after: ["reveal", "scores", "what", "played", "plan", "scenario", "units"],
};

/** What will come, for the umpire alone before the reveal: asked for by a button. */
function aheadPart(room, reveal) {
  const button = html("button", { type: "button" }, "Look ahead");
  const before = html("div", {},
    html("p", {}, "How this run will end, and how lucky it is, if nothing more is played. Only you see it."), button);
  button.addEventListener("click", () => { reveal.again(); reveal.look(); });
  return {
    node: html("div", {}, before, html("div", { class: "reveal" }, reveal.parts)),
    update({ revealed }) {
      before.hidden = revealed;
      byId("tab-reveal")?.replaceChildren(revealed ? "Reveal" : "Ahead");
    },
  };
}
