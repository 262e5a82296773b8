// Who has joined from this browser, by class: whoever closed the tab can go on as the same person.

const KEY = "joined"; // in the browser's storage: {id of a class: [{name, team, token}]}

/** Those who joined the class of this id from here: {name, team, token}. */
export function joinedBefore(id) {
  return all()[id] ?? [];
}

/** Keeps somebody who has just joined. */
export function remember(id, person) {
  const { name, team, token } = person;
  keep({ ...all(), [id]: [...joinedBefore(id), { name, team, token }] });
}

/** Forgets a token that opens nothing any more. */
export function forget(token) {
  const left = Object.entries(all()).map(([id, some]) => [id, some.filter((each) => each.token !== token)]);
  keep(Object.fromEntries(left.filter(([, some]) => some.length > 0)));
}

function all() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

/** A browser that keeps nothing goes without. */
function keep(everybody) {
  try {
    localStorage.setItem(KEY, JSON.stringify(everybody));
  } catch {
    // The code still lets them in.
  }
}
