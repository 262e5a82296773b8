// The door: the join code, then a name and a team; or on as somebody who has joined from this browser before.

import { html } from "../elements.js";
import { during } from "./busy.js";
import { call } from "./calls.js";
import { joinedBefore, remember } from "./remembered.js";

const ROLES = {
  host: "leads the force", patron: "helps it from outside, or not", attacker: "works to break it",
  analysts: "watches, and says what will come",
};

/** Asks until somebody has joined; `joined(token)` is called then. `words` say why we are here again. */
export function joinView(joined, words = "") {
  const node = html("div", { class: "door" });
  codeForm(node, joined, words);
  return node;
}

/** Buttons for those who joined this class from here, once it is known which class it is. */
function againPart(joined) {
  const node = html("div", { class: "again", hidden: true });
  call("door").then(({ id }) => {
    const some = joinedBefore(id);
    node.hidden = some.length === 0;
    node.append(html("h3", {}, "You have been here before"), html("div", { class: "buttons" },
      some.map(({ name, team, token }) => {
        const button = html("button", { type: "button" }, `Go on as ${name} (${team})`);
        button.addEventListener("click", () => joined(token));
        return button;
      })), html("h3", {}, "Or join anew"));
  }, () => {}); // without an answer there is nothing to offer
  return node;
}

function codeForm(node, joined, words) {
  const input = html("input", {
    id: "code", required: true, maxlength: 12, autocomplete: "off", autocapitalize: "characters", spellcheck: "false",
    "aria-describedby": "code-about",
  });
  const [error, go] = [errorLine(), html("button", { type: "submit", class: "primary" }, "Next")];
  const form = html("form", { class: "card" },
    html("h2", {}, "Join the class"),
    words ? html("p", { class: "error" }, words) : null, againPart(joined),
    html("p", { class: "field" }, html("label", { for: "code" }, "Join code"), input),
    html("p", { class: "note", id: "code-about" }, "Six signs, from the projector or your teacher."),
    error, html("div", { class: "buttons" }, go));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    during(go, error, async () => {
      const code = input.value.trim();
      teamForm(node, joined, code, await call("door", { message: { code } }));
    });
  });
  node.replaceChildren(form);
}

function teamForm(node, joined, code, { id, title, teams }) {
  const name = html("input", { id: "name", required: true, maxlength: 40, autocomplete: "off" });
  const [error, go] = [errorLine(), html("button", { type: "submit", class: "primary" }, "Join")];
  const back = html("button", { type: "button" }, "Another code");
  const choices = teams.map((team, i) => {
    const id = `team-${i}`;
    const radio = html("input", { type: "radio", name: "team", id, value: team.id, required: true });
    return html("li", {}, radio, html("label", { for: id }, html("b", {}, team.name), `, ${ROLES[team.role]}`));
  });
  const form = html("form", { class: "card" },
    html("h2", {}, title),
    html("p", { class: "field" }, html("label", { for: "name" }, "Your name"), name),
    html("fieldset", { class: "field" }, html("legend", {}, "Your team"), html("ul", { class: "teams" }, choices)),
    html("p", { class: "note" }, "Your name and what your team does are kept in the log of this class."),
    error, html("div", { class: "buttons" }, go, back));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const team = form.querySelector("input[name=team]:checked").value;
    during(go, error, async () => {
      const { token, name: own } = await call("join", { message: { code, name: name.value.trim(), team } });
      remember(id, { name: own, team: teams.find((each) => each.id === team).name, token });
      joined(token);
    });
  });
  back.addEventListener("click", () => codeForm(node, joined, ""));
  node.replaceChildren(form);
  name.focus();
}

function errorLine() {
  return html("p", { class: "error", role: "alert" });
}
