// Set-up by the umpire: teams, how long a turn is, which run is lived; and how people join.

import { html, span } from "../elements.js";
import { fixed, whole } from "../numbers.js";
import { during } from "./busy.js";
import { refill } from "./keep.js";

const UNSAVED = "not saved yet";
const ROLES = [["host", "host command"], ["patron", "patrons"], ["attacker", "attackers"], ["analysts", "analysts"]];

/** The form, and the door. */
export function setupView(room) {
  const rows = html("tbody");
  const head = ["Team", "Role", "Points", ""].map((text) => (text ? html("th", { scope: "col" }, text) : html("td")));
  const table = html("table", { class: "teams" }, html("thead", {}, html("tr", {}, head)), rows);
  const add = html("button", { type: "button" }, "Add a team");
  const { told } = room;
  const turn = number("turn-hours", { min: 1, max: told.clock.horizon, step: "any", required: true });
  const run = number("lived-run", { min: 0, max: told.case.runs - 1, step: 1, required: true });
  const dice = html("button", { type: "button" }, "Draw one");
  const turns = html("output", { class: "note", for: "turn-hours" });
  const error = html("p", { class: "error", role: "alert" });
  const go = html("button", { type: "submit" }, "Save the set-up");
  const state = html("span", { class: "note", role: "status" });
  const form = html("form", {}, table, html("div", { class: "buttons" }, add),
    html("p", { class: "field" }, html("label", { for: "turn-hours" }, "A turn takes, in hours"),
      span("beside", turn, turns)),
    html("p", { class: "field" }, html("label", { for: "lived-run" }, "The run that the class lives"),
      span("beside", run, dice)),
    html("p", { class: "note" }, `Any of ${whole(told.case.runs)}; nobody knows how it ends unless you look ahead.`),
    error, html("div", { class: "buttons" }, go, state));

  const count = () => {
    const many = Math.ceil(told.clock.horizon / Number(turn.value) - 1e-9);
    turns.textContent = Number.isFinite(many) ? `${many} turns for ${fixed(told.clock.horizon / 24, 0)} days` : "";
  };
  turn.addEventListener("input", count);
  form.addEventListener("input", () => (state.textContent = UNSAVED));
  dice.addEventListener("click", () => {
    run.value = Math.floor(Math.random() * told.case.runs);
    state.textContent = UNSAVED;
  });
  add.addEventListener("click", () => {
    rows.append(teamRow(rows, { id: free(rows), name: "", role: "host", budget: 10, members: 0 }));
    rows.lastChild.querySelector("input").focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    during(go, error, async (how) => {
      const teams = [...rows.children].map(readRow);
      await room.act("setup", { teams, turn_hours: Number(turn.value), run: Number(run.value) }, how);
      state.textContent = "saved";
    });
  });
  return {
    node: form,
    saved: () => state.textContent !== UNSAVED,
    update() {
      const { teams, turn_hours: hours, run: own } = room.state();
      const set = teams.map(({ members, sealed, ...team }) => team);
      refill(rows, set, () => teams.map((team) => teamRow(rows, team)));
      refill(state, [set, hours, own], () => {
        turn.value = hours;
        run.value = own;
        count();
        return "";
      });
      for (const { id, members } of teams) {
        const away = rows.querySelector(`[data-id="${id}"] button`);
        if (away) away.disabled = members > 0;
      }
    },
  };
}

function number(id, limits) {
  return html("input", { type: "number", id, inputmode: "decimal", ...limits });
}

function teamRow(rows, { id, name, role, budget, members }) {
  const options = ROLES.map(([value, text]) => html("option", { value, selected: value === role }, text));
  const away = html("button", { type: "button", disabled: members > 0 }, "Remove");
  away.setAttribute("aria-label", `Remove ${name || "this team"}`);
  const label = (text) => ({ "aria-label": `${text}: ${name || "new team"}` });
  const cells = [
    html("input", { value: name, required: true, maxlength: 40, ...label("Name") }),
    html("select", label("Role"), options),
    html("input", { type: "number", value: budget, min: 0, max: 1000, step: 1, required: true, ...label("Points") }),
    away,
  ];
  const row = html("tr", { "data-id": id }, cells.map((cell) => html("td", {}, cell)));
  away.addEventListener("click", () => {
    row.remove();
    rows.dispatchEvent(new Event("input", { bubbles: true }));
  });
  return row;
}

function readRow(row) {
  const [name, role, budget] = row.querySelectorAll("input, select");
  return { id: row.dataset.id, name: name.value.trim(), role: role.value, budget: Number(budget.value) };
}

function free(rows) {
  const taken = new Set([...rows.children].map(({ dataset }) => dataset.id));
  let many = taken.size + 1;
  while (taken.has(`team_${many}`)) many += 1;
  return `team_${many}`;
}
