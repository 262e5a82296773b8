// Names instead of ids: of places, units, formations, patrons and attackers, and of what is played.

const WORDS = {
  place: "Where", units: "Which units", destination: "Back to", explained: "Tell them why",
  formation: "Which formation", per_cent: "Raise, in per cent", days: "Days of supply", denier: "Who refuses",
  asker: "Whose aircraft", patron: "Which patron", to: "Way out to", first: "From", second: "To its neighbour",
  deputy_ready: "A deputy takes over within a day", axes: "Who rises", form: "What they do",
};
const SAID = { explained: ["without being told why", "told why"], deputy_ready: ["no deputy", "a deputy is ready"] };
const CHOICES = { refuse: "waver", desert: "go home" };
const KINDS = {
  place: "places", destination: "places", to: "places", first: "places", second: "places", units: "units",
  formation: "formations", patron: "patrons", denier: "patrons", asker: "patrons", axes: "axes",
};

/** Names of a class. `told` is what the server tells once (/api/case). */
export function naming({ ground, formations, patrons, axes }) {
  const lists = { places: ground.places, units: ground.units, formations, patrons, axes };
  const maps = Object.fromEntries(
    Object.entries(lists).map(([kind, rows]) => [kind, new Map(rows.map(({ id, name }) => [id, name]))]));
  const nameOf = (kind, id) => maps[kind]?.get(id) ?? id;

  function value(field, given) {
    if (Array.isArray(given)) return given.map((each) => value(field, each)).join(", ");
    if (typeof given === "boolean") return SAID[field]?.[Number(given)] ?? "";
    if (field === "per_cent") return `+${given} %`;
    if (field === "days") return `${given} ${given === 1 ? "day" : "days"}`;
    return typeof given === "string" ? nameOf(KINDS[field], CHOICES[given] ?? given) : String(given);
  }

  /** What an event is, in words: "Rally: Suburb". `cards` are those whose titles are known. */
  function event({ card, trigger, title, with: fields }, cards) {
    const known = cards?.find(({ name }) => name === card);
    const head = known?.title || capital((card ?? trigger).replaceAll("_", " "));
    if (title && !card) return title;
    const given = Object.entries({ ...choices(known), ...fields })
      .filter(([, each]) => each !== null && (typeof each !== "object" || Array.isArray(each)))
      .sort(([, a], [, b]) => (typeof a === "boolean") - (typeof b === "boolean")); // first what it is about
    const told = given.map(([field, each]) => value(field, each)).filter(Boolean).join(" · ");
    const all = told ? `${head}: ${told}` : head;
    return title ? `${title} (${all})` : all;
  }

  return { lists, nameOf, event };
}

/** What a card's yes-or-no fields are when nobody says. */
function choices(card) {
  const fields = Object.entries(card?.fields.properties ?? {}).filter(([, { type }]) => type === "boolean");
  return Object.fromEntries(fields.map(([name, each]) => [name, each.default]));
}

/** The label of a field of a card. */
export function labelOf(field) {
  return WORDS[field] ?? capital(field.replaceAll("_", " "));
}

/** Which list a field chooses from, if any. */
export function kindOf(field) {
  return KINDS[field];
}

/** A choice of a field in words. */
export function choiceOf(text) {
  return CHOICES[text] ?? text;
}

export function capital(text) {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
