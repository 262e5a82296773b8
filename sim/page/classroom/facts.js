// Where the class is: turn and moment, in words.

import { moment } from "../clock.js";
import { fixed } from "../numbers.js";

/** Whether the last turn has ended: nothing can be done any more but to reveal the run. */
export function isOver({ hour, days }) {
  return hour >= 24 * days;
}

/** Whether the class is being played: begun, not at its end, not revealed. */
export function isRunning(state) {
  return state.turn > 0 && !isOver(state) && !state.revealed;
}

/** "Turn 2 of 10", or what else the class is at. */
export function turnWords(state) {
  const { turn, turn_hours: long, days, revealed } = state;
  if (revealed) return "Revealed";
  if (turn === 0) return "Not begun";
  if (isOver(state)) return "The time is over";
  return `Turn ${turn} of ${Math.ceil((24 * days) / long - 1e-9)}`;
}

/** "3 Feb 06:00, day 2.0 of 20". */
export function momentWords({ clock }, { hour, days, revealed }) {
  const at = revealed ? clock.horizon : hour;
  return `${moment(clock.start, at)} · day ${fixed(at / 24, 1)} of ${fixed(days, 0)}`;
}

/** Says what has changed since `before` for those who only hear the page; "" if nothing that matters to all. */
export function changeWords(told, before, now) {
  if (before === null) return "";
  if (now.revealed && !before.revealed) return "The run is revealed.";
  if (isOver(now) && !isOver(before)) return "The time is over. Only the reveal is left.";
  if (now.turn > before.turn) return `${turnWords(now)} begins: ${momentWords(told, now)}.`;
  if (now.turn < before.turn) return `Back to turn ${now.turn}.`;
  const were = new Set(before.teams.filter(({ sealed }) => sealed).map(({ id }) => id));
  const newly = now.teams.filter(({ id, sealed }) => sealed && !were.has(id)).map(({ name }) => name);
  return newly.length ? `Sealed: ${newly.join(", ")}.` : "";
}
