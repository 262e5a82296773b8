// One stream of changes for all tabs of a browser, which keeps few connections to a server: one tab holds it.

import { follow } from "./follow.js";

const NAME = "stream"; // of the lock that the holder has, and of the channel on which it tells the others

/**
 * As `follow`, until `signal` ends it. What changes is the same for every role: whoever holds the stream tells the
 * others that there is something to ask for. Where a browser knows no locks (an address that is not secure and not
 * this machine's), each tab has a stream of its own.
 */
export function followShared(token, { changed, link }, signal) {
  if (!navigator.locks) return follow(token, { changed, link }, signal);
  const channel = new BroadcastChannel(NAME);
  signal.addEventListener("abort", () => channel.close());
  channel.addEventListener("message", ({ data }) => (data === "changed" ? changed() : link(data)));
  const tell = (word) => signal.aborted || channel.postMessage(word);
  const telling = {
    changed() {
      changed();
      tell("changed");
    },
    link(state) {
      link(state);
      if (state !== "ended") tell(state);
    },
  };
  changed(); // the stream may be another's, and silent for long
  return navigator.locks.request(NAME, { signal }, () => follow(token, telling, signal)).catch(() => {});
}
