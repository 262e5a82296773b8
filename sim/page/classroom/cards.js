// A team's cards: what they cost, what they do, and the form with which one is played.

import { html, span } from "../elements.js";
import { counted } from "../numbers.js";
import { openForm } from "./dialog.js";
import { isOver, isRunning } from "./facts.js";
import { cardFields } from "./fields.js";
import { refill } from "./keep.js";
import { whenInTurn } from "./when.js";

/** The cards of this team, as buttons. */
export function cardsView(room) {
  const list = html("ul", { class: "cards" });
  const note = html("p", { class: "note" });
  return {
    node: html("div", {}, note, list),
    update() {
      const { cards, left, turn, teams, team } = room.state();
      const over = isOver(room.state());
      const { sealed, role } = teams.find(({ id }) => id === team);
      const own = cards.filter(({ side }) => side === role);
      refill(note, [own.length, left, sealed, turn, over], () => words(own, { left, sealed, turn, over }));
      const open = isRunning(room.state()) && !sealed;
      const offered = over ? [] : own;
      refill(list, [offered.map(({ name }) => name), left, open], () =>
        offered.map((card) => item(room, card, left, open)));
    },
  };
}

function words(cards, { left, sealed, turn, over }) {
  if (cards.length === 0) return "Analysts play no cards: you watch, ask why, and say what will come.";
  if (turn === 0) return "These are your cards. They can be played once the class has begun.";
  if (over) return "The time is over: no more cards.";
  if (sealed) return "You have sealed your forecast: no more cards in this turn.";
  return ["You have ", html("b", {}, counted(left, "point")), " left for the whole exercise."];
}

function item(room, card, left, open) {
  const dear = card.cost > left;
  const cost = card.cost === 0 ? "free" : counted(card.cost, "point");
  const button = html("button", { type: "button", disabled: !open || dear, "data-key": card.name },
    span("name", card.title), span("cost", dear ? `${cost}: too dear` : cost), span("about", card.about));
  button.addEventListener("click", () => play(room, card, cost));
  return html("li", {}, button);
}

function play(room, card, cost) {
  const fields = cardFields(card, { told: room.told, names: room.names, units: room.units() });
  const when = whenInTurn(room);
  openForm({
    title: card.title,
    about: card.about,
    body: [...fields.nodes, when.node],
    why: "Why do you play it? It goes into the log, and is read out at the end",
    action: `Play this card (${cost})`,
    async submit(reason, how) {
      await room.act("play", { event: { hour: when.read(), card: card.name, with: fields.read() }, reason }, how);
      room.say(`Played: ${card.title}.`);
    },
  });
}
