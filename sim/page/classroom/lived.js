// The lived run up to now: where units stand, who has left, and what has happened, as news.

const LEFT = ["dispersed", "surrendered", "defected", "mutinied"]; // those of which it can be asked why

/** Each unit with its status and place at the end of what is told. */
export function standing({ ground }, { moves }) {
  const now = new Map();
  moves.unit.forEach((row, i) => now.set(row, { status: moves.status[i], place: moves.place[i] }));
  return ground.units.map((unit) => {
    const at = now.get(unit.row) ?? { status: 0, place: unit.place };
    const place = ground.places[at.place];
    return { ...unit, status: ground.statuses[at.status], at: place.id, where: place.name };
  });
}

/** Units that have broken, the latest first: {id, name, hour, status}. */
export function broken({ ground }, { moves }) {
  const byRow = new Map(ground.units.map((unit) => [unit.row, unit]));
  const found = new Map();
  moves.unit.forEach((row, i) => {
    const status = ground.statuses[moves.status[i]];
    const unit = byRow.get(row);
    if (unit === undefined || !LEFT.includes(status) || found.has(unit.id)) return;
    found.set(unit.id, { id: unit.id, name: unit.name, hour: moves.hour[i], status });
  });
  return [...found.values()].sort((a, b) => b.hour - a.hour);
}

/**
 * Units that broke in the same hour, in one row: {hour, kind, text}; and places that changed hands; and events. What
 * comes of something stands above it: the latest first, and within an hour the end, places, breaks, events.
 */
export function newsOf(told, lived) {
  const { ground } = told;
  const rows = lived.news.map(({ hour, title }) => ({ hour, kind: "event", text: title }));
  const { turns } = lived;
  turns.place.forEach((place, i) => {
    if (turns.tick[i] === 0) return;
    const { name, role } = ground.controllers[turns.controller[i]];
    const text = role === "host" ? `${ground.places[place].name} is held again` :
      `${ground.places[place].name} is lost to ${name}`;
    rows.push({ hour: turns.hour[i], kind: "place", text });
  });
  const together = new Map();
  for (const { hour, name } of broken(told, lived)) together.set(hour, [name, ...(together.get(hour) ?? [])]);
  for (const [hour, names] of together) rows.push({ hour, kind: "break", text: leave(names) });
  if (lived.collapse !== null) rows.push({ hour: lived.collapse, kind: "end", text: "The force has collapsed" });
  const order = { event: 0, break: 1, place: 2, end: 3 };
  return rows.sort((a, b) => b.hour - a.hour || order[b.kind] - order[a.kind]);
}

function leave(names) {
  if (names.length === 1) return `${names[0]} has left the force`;
  const some = names.slice(0, 3).join(", ");
  return `${names.length} units have left the force: ${some}${names.length > 3 ? " and others" : ""}`;
}
