// The stream of changes: opened again by itself whenever it breaks, until the token is no longer known.

import { Refused, openStream } from "./calls.js";

const WAITS = [300, 600, 1200, 2500, 4000]; // milliseconds before each try; the last one stays
const SILENCE = 40_000; // a stream says every 15 s that it is alive

/**
 * `changed()` is called at every change and at every new start, `link(state)` with "open", "lost" or "ended";
 * until `signal` ends it.
 */
export async function follow(token, { changed, link }, signal) {
  let tries = 0;
  while (!signal.aborted) {
    const stop = new AbortController();
    const end = () => stop.abort();
    signal.addEventListener("abort", end);
    const cut = () => {
      link("lost");
      stop.abort();
    };
    window.addEventListener("offline", cut);
    try {
      const reader = await openStream(token, stop.signal);
      await read(reader, cut, () => {
        tries = 0;
        link("open");
        changed();
      });
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return link("ended");
    } finally {
      window.removeEventListener("offline", cut);
      signal.removeEventListener("abort", end);
    }
    if (signal.aborted) return;
    link("lost");
    await pause(WAITS[Math.min(tries, WAITS.length - 1)]);
    tries += 1;
  }
}

/** Calls `told` at each event of the stream until it ends; a comment only shows that it lives. */
async function read(reader, cut, told) {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const timer = setTimeout(cut, SILENCE);
    const { done, value } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const parts = text.split("\n\n");
    text = parts.pop();
    if (parts.some((part) => part.startsWith("event: state"))) told();
  }
}

/** Waits so many milliseconds, but not longer than until the network is said to be back. */
export function pause(milliseconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds * (0.8 + 0.4 * Math.random()));
    window.addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
