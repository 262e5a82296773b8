// Something that takes a moment: its button waits, and what was refused is said beside it.

/**
 * Runs `work(how)` once at a time; `how` is for room.act. Returns whether it was done; if not, `error` says why.
 * `signal` gives it up.
 */
export async function during(button, error, work, signal) {
  if (button.getAttribute("aria-busy") === "true") return false;
  error.textContent = "";
  button.setAttribute("aria-busy", "true");
  button.disabled = true;
  try {
    await work({ say: (words) => (error.textContent = words), signal });
    error.textContent = "";
    return true;
  } catch (problem) {
    error.textContent = sentence(problem.message);
    return false;
  } finally {
    button.removeAttribute("aria-busy");
    button.disabled = false;
  }
}

/** Words of the server as a sentence. */
export function sentence(words) {
  const text = words.trim();
  return text && `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
