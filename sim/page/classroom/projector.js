// The projector's page: large and quiet, without controls. It follows the class by itself.

import { byId, html, span } from "../elements.js";
import { codeParts } from "./door.js";
import { changeWords, isOver, momentWords, turnWords } from "./facts.js";
import { effectView } from "./effect.js";
import { fitted } from "./fitting.js";
import { refill } from "./keep.js";
import { newsOf } from "./lived.js";
import { newsView } from "./news.js";
import { part } from "./part.js";
import { revealView } from "./reveal.js";
import { scoresView } from "./scores.js";
import { sealedView } from "./sealed.js";
import { terrainView } from "./terrain.js";
import { timerView } from "./timer.js";

/** The parts of the page, and `update()`. */
export function projectorPage(room) {
  const views = {
    terrain: terrainView(room, { quiet: true, width: 520 }), news: newsView(room, 6),
    sealed: sealedView(room, (turn) => turn === 0), timer: timerView(room),
    reveal: revealView(room, room.state().teams.length > 4 ? 640 : 530), // fewer teams leave room for larger letters
    scores: scoresView(room, { all: false }),
  };
  const join = html("div", { class: "join" });
  const joinPart = part("join", "Join with your phone or laptop", join);
  const about = part("about", "The case", html("p", {}, room.told.case.summary));
  const sealedPart = part("sealed", "Teams", views.sealed.node);
  const fork = forkPart(room);
  const news = part("news", "What has happened", views.news.node);
  const rows = fitted(views.news.node.querySelector("ol"), news);
  news.append(rows.note);
  const fit = () => rows.fit(newsOf(room.told, room.lived()).length);
  window.addEventListener("resize", fit);
  const scenes = {
    play: html("div", { class: "scene play" }, part("map", "The map", views.terrain.node),
      html("div", { class: "column" }, joinPart, about, sealedPart, news)),
    reveal: html("div", { class: "scene reveals" },
      part("reveal", "How it went, and how it might have gone", views.reveal.parts[0]),
      html("div", { class: "column" }, html("section", { class: "card", "aria-label": "Luck" }, views.reveal.parts[1]),
        part("scores", "Who saw it coming", views.scores.node))),
    fork: html("div", { class: "scene" }, fork.node),
  };
  let before = null;
  return {
    nodes: Object.values(scenes),
    update() {
      const state = room.state();
      const { turn, code, projected, revealed } = state;
      refill(byId("facts"), [turnWords(state), momentWords(room.told, state), code, turn], () => [
        span("turn", html("b", {}, turnWords(state))), span("when", momentWords(room.told, state)), views.timer.node,
        turn > 0 && !revealed && !isOver(state) ? span("codes", `${location.host}, code `, html("b", {}, code)) : null,
      ]);
      document.title = `Projector: ${room.told.case.title}`;
      refill(join, code, () => codeParts(code));
      for (const node of [joinPart, about]) node.hidden = turn > 0;
      news.hidden = turn === 0;
      sealedPart.hidden = isOver(state);
      const scene = !revealed ? "play" : projected ? "fork" : "reveal";
      for (const [name, node] of Object.entries(scenes)) node.hidden = name !== scene;
      room.say(changeWords(room.told, before, state) || byId("spoken").textContent);
      before = state;
      fork.update(revealed ? projected : null);
      for (const view of Object.values(views)) view.update();
      fit();
    },
  };
}

/** A fork that the umpire put up, beside what was played. */
function forkPart(room) {
  const effect = effectView(room, ["fan", "dots"], "this what-if", "as it was played");
  const what = html("p", { class: "changes" });
  const node = part("fork", "What if", what, effect.node);
  let shown = null;
  return {
    node,
    update(fork) {
      if (fork === null) shown = null;
      if (fork === null || fork.number === shown) return;
      shown = fork.number;
      const off = new Set(fork.stopped.map(([name]) => name));
      const { events } = room.told;
      node.querySelector("h2").textContent = `What if: ${fork.name}`;
      const without = events.filter(({ name }) => off.has(name)).map(({ label }) => label);
      const added = fork.injects.map((event) => room.names.event(event, []));
      what.textContent = [without.length ? `Without: ${without.join(", ")}` : "",
        added.length ? `With: ${added.join(", ")}` : ""].filter(Boolean).join(". ");
      const on = new Set(events.map(({ name }) => name).filter((name) => !off.has(name)));
      effect.show({ events: off.size ? on : null, injects: fork.injects });
    },
  };
}
