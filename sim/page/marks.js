// Shapes and classes of what stands on the map: colour never says anything alone.

/** What a unit does, from steady to gone: the statuses of each kind, and its shape around (0, 0). */
export const STATES = [
  { name: "holding", label: "holding", statuses: ["holding"], d: "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z" },
  { name: "wavering", label: "wavering", statuses: ["wavering"], d: "M0 -3.8l3.8 3.8l-3.8 3.8l-3.8 -3.8z" },
  { name: "withdrawing", label: "withdrawing", statuses: ["withdrawing"], d: "M-3.4 -2.6h6.8l-3.4 6z" },
  {
    name: "gone",
    label: "left the force",
    statuses: ["dispersed", "surrendered", "defected", "mutinied", "destroyed"],
    d: "M-2.7 -2.7l5.4 5.4M2.7 -2.7l-5.4 5.4",
  },
  { name: "evacuated", label: "evacuated", statuses: ["evacuated"], d: "M-2.6 -2.6h5.2v5.2h-5.2z" },
];

/** Who holds a place: the shape of the role, in the order of the legend. */
export const ROLES = {
  host: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z",
  attacker: "M0 -7l6.6 11.6h-13.2z",
  third_party: "M-5.4 -5.4h10.8v10.8h-10.8z",
  neutral: "M0 -5l5 5l-5 5l-5 -5z",
};

/** Across the middle of a road that is cut. */
export const CUT = "M-2.3 -5v10M2.3 -5v10";

/** The class of each controller: its role, with a turn of its own among those of one role. */
export function looks(controllers) {
  const turns = {};
  return controllers.map(({ role }) => {
    turns[role] = (turns[role] ?? -1) + 1;
    return `${role} turn${turns[role] % 5}`;
  });
}

/** Places around a spot for its units, ring by ring: [dx, dy] of the i-th. */
export function around(i) {
  let ring = 1;
  let before = 0;
  while (i - before >= 7 * ring) {
    before += 7 * ring;
    ring += 1;
  }
  const radius = 4.5 + 7.5 * ring;
  const angle = ((i - before) / (7 * ring)) * 2 * Math.PI - Math.PI / 2;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}
