// Files that are fetched with the token and saved: the log, the report.

import { html } from "../elements.js";
import { during } from "./busy.js";

/** A button that saves what the server gives at `path` as `name()`; `patience` is said while it is made. */
export function saveButton(room, text, path, name, patience = "") {
  const error = html("p", { class: "error", role: "alert" });
  const waiting = html("p", { class: "note", role: "status" });
  const button = html("button", { type: "button" }, text);
  button.addEventListener("click", () => during(button, error, async () => {
    waiting.textContent = patience;
    const made = await room.file(path).finally(() => { waiting.textContent = ""; });
    const address = URL.createObjectURL(made);
    html("a", { href: address, download: name() }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    room.say(`Saved: ${name()}.`);
  }));
  return html("div", { class: "save" }, button, waiting, error);
}
