// Forecasts that were sealed, in words with their reasons, for the umpire: teams see those of others at the reveal.

import { html, span } from "../elements.js";
import { fixed } from "../numbers.js";
import { refill } from "./keep.js";
import { inWords, sealedPoints } from "./said.js";

/** A list, the latest first. */
export function sayingsView(room) {
  const list = html("ol", { class: "decisions" });
  const head = html("h3", {}, "Forecasts");
  return {
    node: html("div", {}, head, list),
    update() {
      const { forecasts, teams } = room.state();
      head.hidden = forecasts.length === 0;
      refill(list, [forecasts, teams], () => [...forecasts].reverse().map(({ team, turn, points, reason }) => {
        const name = teams.find(({ id }) => id === team)?.name ?? team;
        const words = inWords(sealedPoints(points), (day) => fixed(day, 1));
        return html("li", {}, span("what", words), span("by", `${name} · turn ${turn}`), html("q", {}, reason));
      }));
    },
  };
}
