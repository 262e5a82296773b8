// The sealed forecast: by which day has the force broken? Three sliders, the dots they mean, and a reason.

import { moment } from "../clock.js";
import { dotRows } from "../dots.js";
import { html, set, span } from "../elements.js";
import { fixed } from "../numbers.js";
import { during } from "./busy.js";
import { reasonField } from "./dialog.js";
import { isOver } from "./facts.js";
import { LEVELS, dotsOf, inWords, pointsOf, sealedPoints } from "./said.js";

const STEP = 0.5; // days
const WORDS = ["10 in 100", "50 in 100", "90 in 100"];

const KEPT = "forecast"; // in the tab's storage

/** The form of this turn, or what was sealed in it. What is half-written stays, also when the page is loaded again. */
export function forecastView(room) {
  const node = html("div", { class: "forecast" });
  let shown = "";
  let open = null; // the form that is being filled in
  let before = JSON.parse(sessionStorage.getItem(KEPT)); // what was in it
  node.addEventListener("input", () => sessionStorage.setItem(KEPT, JSON.stringify(open.kept())));
  return {
    node,
    update() {
      const { turn, forecasts, team, revealed } = room.state();
      const own = forecasts.find((each) => each.team === team && each.turn === turn);
      const over = revealed || isOver(room.state()) || room.lived().collapse !== null;
      const now = `${turn} ${own !== undefined} ${over}`;
      if (now === shown) return;
      shown = now;
      before = open?.kept() ?? before;
      if (before) sessionStorage.setItem(KEPT, JSON.stringify(before));
      open = null;
      if (turn === 0) node.replaceChildren(html("p", { class: "note" }, "Forecasts open when the class begins."));
      else if (own) node.replaceChildren(...sealedParts(room, own));
      else if (over) node.replaceChildren(html("p", { class: "note" }, "There is nothing left to forecast."));
      else {
        open = form(room, before);
        node.replaceChildren(open.node);
      }
    },
  };
}

function form(room, before) {
  const { told } = room;
  const { hour, turn } = room.state();
  const end = told.clock.horizon / 24;
  const first = Math.floor(hour / 24 / STEP + 1e-9) * STEP + STEP;
  const steps = Math.max(0, Math.floor((end - first) / STEP + 1e-9)); // the next one is "not within the scenario"
  const dayOf = (input) => (Number(input.value) > steps ? null : first + STEP * Number(input.value));
  const rows = LEVELS.map((share, i) => {
    const usual = before ? (before.days[i] === null ? steps + 1 : (before.days[i] - first) / STEP) : share * steps;
    const value = Math.min(steps + 1, Math.max(Math.min(i, steps + 1), Math.round(usual)));
    const input = html("input", { type: "range", id: `by-${turn}-${i}`, min: 0, max: steps + 1, step: 1, value });
    const output = html("output", { for: input.id });
    const label = html("label", { for: input.id }, html("b", {}, WORDS[i]), " broken by");
    return { input, output, node: html("div", { class: "by" }, label, output, input) };
  });
  const rest = html("select", { id: `rest-${turn}` },
    html("option", { value: "holds" }, "hold to the end"),
    html("option", { value: "breaks" }, "break later, before the end"));
  if (before) rest.value = before.rest;
  const restRow = html("p", { class: "field beside" }, html("label", { for: rest.id }, "The last 10 in 100"), rest);
  const figure = html("figure", {});
  const dots = dotRows(figure, told, [["ours", ""]], 92);
  const said = html("p", { class: "note" });
  const reason = reasonField("Why? What makes you say so", { id: `why-${turn}` });
  if (before) reason.area.value = before.reason;
  const error = html("p", { class: "error", role: "alert" });
  const go = html("button", { type: "submit", class: "primary" }, "Seal this forecast");
  const points = () => pointsOf(rows.map(({ input }) => dayOf(input)), rest.value, end);

  function draw() {
    rows.forEach(({ input, output }) => {
      const day = dayOf(input);
      const text = day === null ? `not within ${fixed(end, 0)} days` : `day ${fixed(day, 1)}`;
      output.textContent = text;
      set(input, { "aria-valuetext": day === null ? text : `${text}, ${moment(told.clock.start, 24 * day)}` });
    });
    restRow.hidden = dayOf(rows[2].input) === null || dayOf(rows[2].input) >= end;
    const hours = dotsOf(points(), hour);
    const never = hours.filter((each) => each === null).length;
    dots.draw([hours]);
    said.textContent = `Each dot is 5 in 100. It holds to the end in ${5 * never} of 100.`;
    set(dots.root, { "aria-label": `Your forecast as dots: ${inWords(points(), (day) => fixed(day, 1))}.` });
  }
  /** Days rise: one that is moved takes the others along. */
  function push(moved) {
    const at = rows.map(({ input }) => Number(input.value));
    at[moved] = Math.max(at[moved], Math.min(moved, steps + 1)); // those before it need a day each
    for (let i = moved + 1; i < at.length; i += 1) at[i] = Math.min(steps + 1, Math.max(at[i], at[i - 1] + 1));
    for (let i = moved - 1; i >= 0; i -= 1) {
      at[i] = Math.max(0, at[i] > steps && at[i + 1] > steps ? at[i] : Math.min(at[i], at[i + 1] - 1));
    }
    rows.forEach(({ input }, i) => (input.value = at[i]));
    draw();
  }
  rows.forEach(({ input }, i) => input.addEventListener("input", () => push(i)));
  rest.addEventListener("change", draw);
  push(0);
  let sealed = false;
  const node = html("form", {},
    html("p", {}, "If it were played 100 times from here: by which day has the force broken in 10, 50, 90 of them?"),
    rows.map((each) => each.node), restRow, figure, said, reason.node, error,
    html("div", { class: "buttons" }, go, span("note", "It cannot be taken back.")));
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    during(go, error, async (how) => {
      const said = { quantiles: points(), reason: reason.read() };
      sealed = true; // its reason is not that of the next one
      await room.act("seal", said, how).catch((problem) => { sealed = false; throw problem; });
      room.say("Your forecast is sealed.");
    });
  });
  const kept = () => ({
    days: rows.map(({ input }) => dayOf(input)), rest: rest.value, reason: sealed ? "" : reason.area.value,
  });
  return { node, kept };
}

function sealedParts(room, { points, hour, reason }) {
  const figure = html("figure", {});
  const own = sealedPoints(points);
  const dots = dotRows(figure, room.told, [["ours", ""]], 92);
  dots.draw([dotsOf(own, hour)]);
  const words = inWords(own, (day) => fixed(day, 1));
  set(dots.root, { "aria-label": `Your sealed forecast as dots: ${words}.` });
  return [
    html("p", { class: "sealed" }, html("b", {}, "Sealed."), " Nobody sees it before the reveal."),
    figure, html("p", {}, `Broken: ${words}.`), html("q", {}, reason),
  ];
}
