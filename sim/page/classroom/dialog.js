// A form in a dialog: what is written stays until it was done or is given up.

import { byId, html } from "../elements.js";
import { during } from "./busy.js";

let number = 0;

/**
 * Opens a form. `submit(reason, how)` does it; what it throws is said, and the form stays. Closing it gives it up.
 * `why` is the label of the reason, null for none; `needed` whether it may stay empty.
 */
export function openForm({ title, about = "", body = [], why = null, needed = true, action, submit }) {
  number += 1;
  const id = `form-${number}`;
  const reason = why === null ? null : reasonField(why, { id: `${id}-why`, needed });
  const error = html("p", { class: "error", role: "alert" });
  const go = html("button", { type: "submit", class: "primary" }, action);
  const cancel = html("button", { type: "button" }, "Cancel");
  const head = [html("h2", { id: `${id}-title` }, title), about ? html("p", {}, about) : null];
  const rest = [reason?.node, error, html("div", { class: "buttons" }, go, cancel)];
  const form = html("form", {}, ...head, ...body, ...rest);
  const dialog = html("dialog", { "aria-labelledby": `${id}-title` }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const done = await during(go, error, (how) => submit(reason?.read() ?? "", how), given.signal);
    if (done) dialog.close();
  });
  cancel.addEventListener("click", () => dialog.close());
  const given = new AbortController();
  const opener = document.activeElement;
  dialog.addEventListener("close", () => {
    given.abort();
    dialog.remove();
    backTo(opener);
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** The focus goes back to what opened the form, or to what has taken its place since. */
function backTo(opener) {
  const key = opener.dataset.key;
  const heir = key === undefined ? null : document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  (opener.isConnected ? opener : heir)?.focus();
  if (document.activeElement === document.body) byId("main").focus();
}

/** A labelled text for a reason. */
export function reasonField(label, { id, needed = true, rows = 2 }) {
  const area = html("textarea", { id, rows, maxlength: 1000, minlength: needed ? 3 : null, required: needed });
  const node = html("p", { class: "field" }, html("label", { for: id }, label), area);
  return { node, read: () => area.value.trim(), area };
}
