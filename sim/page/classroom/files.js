// Files that are fetched with the token and saved: the log, the report.

import { html } from "../elements.js";
import { minutes } from "../numbers.js";
import { during } from "./busy.js";

/**
 * A button that saves what the server gives at `path` as `name()`. What takes long says so before, with `patience`,
 * and while it is made how long it has been going on.
 */
export function saveButton(room, text, path, name, patience = "") {
  const error = html("p", { class: "error", role: "alert" });
  const about = html("p", { class: "note" }, patience);
  const state = html("span", { role: "status" });
  const since = html("span", { class: "since", "aria-hidden": "true" });
  const making = html("p", { class: "making", hidden: true }, state, since, html("progress", { "aria-label": text }));
  const button = html("button", { type: "button" }, text);
  button.addEventListener("click", () => during(button, error, async () => {
    const stop = patience ? counting() : () => {};
    const made = await room.file(path).finally(stop);
    const address = URL.createObjectURL(made);
    html("a", { href: address, download: name() }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    room.say(`Saved: ${name()}.`);
  }));
  function counting() {
    const began = performance.now();
    const tick = () => (since.textContent = ` ${minutes((performance.now() - began) / 1000)} `);
    const timer = setInterval(tick, 1000);
    tick();
    making.hidden = false;
    state.textContent = "It is being made. Go on meanwhile; it is saved by itself.";
    return () => {
      clearInterval(timer);
      making.hidden = true;
      state.textContent = "";
    };
  }
  return html("div", { class: "save" }, button, patience ? about : null, making, error);
}
