// Calls to the server of the class, each with the token; what it refuses comes back in words.

/** What the server refused; `status` is that of HTTP. */
export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

/** The server could not be reached, or went away before it answered. */
export class Lost extends Error {
  constructor(joining) {
    const unsure = "The connection was lost before an answer came. Once it is back, try again.";
    super(joining ? unsure : "The server cannot be reached just now.");
  }
}

/** The server's answer: JSON, or a Blob if it is wanted as a file. A `message` is posted. */
export async function call(path, { token = "", message, file = false, signal } = {}) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const post = { method: "POST", body: JSON.stringify(message) };
  let answer;
  try {
    answer = await fetch(`/api/${path}`, { headers, signal, ...(message === undefined ? {} : post) });
    if (answer.ok) return await (file ? answer.blob() : answer.json());
  } catch {
    throw new Lost(path === "join");
  }
  throw new Refused(answer.status, await words(answer));
}

/** The open stream of changes, as a reader of bytes. */
export async function openStream(token, signal) {
  let answer;
  try {
    answer = await fetch("/api/stream", { headers: { authorization: `Bearer ${token}` }, signal });
  } catch {
    throw new Lost(false);
  }
  if (!answer.ok) throw new Refused(answer.status, await words(answer));
  return answer.body.getReader();
}

async function words(answer) {
  try {
    const { error } = await answer.json();
    return String(error);
  } catch {
    return `The server answered with ${answer.status}, and no words.`;
  }
}
