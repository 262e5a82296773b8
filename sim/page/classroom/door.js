// How people join: the address, the code in large letters, the projector's link; and who is there.

import { html, span } from "../elements.js";
import { counted } from "../numbers.js";
import { refill } from "./keep.js";

/** The code, with a link to open the projector's page; for the umpire. */
export function doorView(room) {
  const code = html("div", { class: "code" });
  const link = html("p", { class: "note" });
  let asked = false;
  return {
    node: html("div", { class: "entrance" }, code, link),
    async update() {
      refill(code, room.state().code, () => codeParts(room.state().code));
      if (asked) return;
      asked = true;
      try {
        const { projector } = await room.ask("keys");
        link.replaceChildren(html("a", { href: `/#${projector}`, target: "_blank", rel: "noopener" },
          "Open the projector’s page"), " in another window, and move it to the projector.");
      } catch {
        asked = false;
      }
    },
  };
}

/** Address and code, to be read from afar. */
export function codeParts(code) {
  return [span("address", location.host), span("sign", code)];
}

/** Who has joined, by team. */
export function membersView(room) {
  const node = html("div", { class: "members" });
  return {
    node,
    update() {
      const { members, teams } = room.state();
      refill(node, [members, teams.map(({ id, name }) => [id, name])], () => {
        const summary = html("summary", {}, `${counted(members.length, "person").replace("persons", "people")} joined`);
        const rows = teams.map(({ id, name }) => {
          const names = members.filter(({ team }) => team === id).map((each) => each.name);
          return html("li", {}, html("b", {}, name), `: ${names.join(", ") || "nobody yet"}`);
        });
        return html("details", {}, summary, html("ul", {}, rows));
      });
    },
  };
}
