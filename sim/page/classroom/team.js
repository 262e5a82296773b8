// The page of a team: where the class is, the map, the news, its cards, its forecast; after the reveal, what it meant.

import { byId, html, span } from "../elements.js";
import { counted } from "../numbers.js";
import { cardsView } from "./cards.js";
import { decisionsView } from "./decisions.js";
import { changeWords, isOver, momentWords, turnWords } from "./facts.js";
import { forecastView } from "./forecast.js";
import { refill } from "./keep.js";
import { newsView } from "./news.js";
import { part } from "./part.js";
import { revealView } from "./reveal.js";
import { scoresView } from "./scores.js";
import { sealedView } from "./sealed.js";
import { terrainView } from "./terrain.js";
import { whatIfView } from "./whatif.js";
import { whyView } from "./why.js";

/** The parts of the page, and `update()`. */
export function teamPage(room) {
  const why = whyView(room);
  const whyPart = part("why", "Why did this unit break?", why.node);
  const ask = (id) => { why.ask(id); whyPart.scrollIntoView({ block: "nearest" }); };
  const views = {
    terrain: terrainView(room, { why: ask }), news: newsView(room), cards: cardsView(room), played: decisionsView(room),
    forecast: forecastView(room), sealed: sealedView(room), reveal: revealView(room), scores: scoresView(room),
    what: whatIfView(room), why,
  };
  const now = html("p", { class: "now" });
  const about = html("p", {}, room.told.case.summary);
  const next = part("next", "What now", now, about, views.sealed.node);
  const parts = {
    before: [part("cards", "Your cards", views.cards.node), part("forecast", "Your forecast", views.forecast.node)],
    after: [part("reveal", "The reveal", html("div", { class: "reveal" }, views.reveal.parts)),
      part("scores", "Who saw it coming", views.scores.node),
      part("try", "What if: the same dice, other decisions", views.what.node)],
  };
  const left = html("div", { class: "column left" }, part("map", "The map", views.terrain.node),
    part("news", "What has happened", views.news.node));
  const right = html("div", { class: "column right" },
    html("div", { class: "column" }, next, parts.before[0], part("played", "What you have played", views.played.node)),
    html("div", { class: "column" }, parts.before[1], whyPart));
  const top = html("div", { class: "top column", hidden: true }, parts.after);
  const links = html("nav", { class: "jump", "aria-label": "Parts of the page" });
  let before = null;
  return {
    nodes: [links, top, left, right],
    update() {
      const state = room.state();
      facts(room, state);
      room.say(changeWords(room.told, before, state) || byId("spoken").textContent);
      before = state;
      const over = room.lived().collapse !== null;
      refill(now, [state.turn, state.revealed, own(state).sealed, over], () => whatNow(state, over));
      about.hidden = state.turn > 0;
      top.hidden = !state.revealed;
      document.body.classList.toggle("after", state.revealed);
      for (const node of parts.before) node.hidden = state.revealed;
      byId("played-title")?.replaceChildren(state.revealed ? "What everybody played" : "What you have played");
      refill(links, state.revealed, () => jumps(state.revealed));
      for (const view of Object.values(views)) view.update();
    },
  };
}

function own({ teams, team }) {
  return teams.find(({ id }) => id === team);
}

function facts(room, state) {
  const { name } = own(state);
  const data = [name, state.you, turnWords(state), momentWords(room.told, state), state.left];
  refill(byId("facts"), data, () => [
    span("who", html("b", {}, name), ` ${state.you}`), span("turn", html("b", {}, turnWords(state))),
    span("when", momentWords(room.told, state)),
    state.revealed || own(state).role === "analysts" ? null : span("left", `${counted(state.left, "point")} left`),
  ]);
  document.title = `${name}: ${room.told.case.title}`;
}

function whatNow(state, over) {
  if (state.revealed) return "The run is told to its end. See how lucky it was, who saw it coming, and try what-ifs.";
  if (state.turn === 0) return "You are in. Look at the map and your cards; your teacher begins the class.";
  if (isOver(state)) return "The time is over. The umpire will reveal how lucky the run was, and what the others said.";
  if (over) return "The force has collapsed. Ask why its units broke; the umpire will reveal the run.";
  if (own(state).sealed) return "Sealed. Wait for the others; the umpire takes the class to the next turn.";
  const middle = own(state).role === "analysts" ? "ask why units broke" : "play cards if you want to";
  return `Look at the map and the news, ${middle}, then seal your forecast.`;
}

function jumps(revealed) {
  const some = revealed
    ? [["reveal", "Reveal"], ["scores", "Scores"], ["try", "What if"], ["map", "Map"], ["why", "Why"]]
    : [["map", "Map"], ["cards", "Cards"], ["forecast", "Forecast"], ["news", "News"], ["why", "Why"]];
  return some.map(([id, text]) => html("a", { href: `#${id}` }, text));
}
