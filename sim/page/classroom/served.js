// Answers of the server to getResult (../result.js): versions of what this class has played.

/** `send(path, message)` asks the server. Without `events`, nothing is switched off; `stopped` from an hour on. */
export function served(send) {
  return (events, injects, { runs = "all", stopped = [] } = {}) =>
    send("result", { events: events && [...events], injects, stopped, played: true, runs });
}
