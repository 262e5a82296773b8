// A class in a browser: enters by link or code, follows what happens, and shows the page of its role.

import { byId, html } from "../elements.js";
import { connect } from "../result.js";
import { Lost, Refused, call } from "./calls.js";
import { pause } from "./follow.js";
import { joinView } from "./join.js";
import { retext } from "./keep.js";
import { standing } from "./lived.js";
import { naming } from "./naming.js";
import { projectorPage } from "./projector.js";
import { forget } from "./remembered.js";
import { served } from "./served.js";
import { followShared } from "./shared.js";
import { teamPage } from "./team.js";
import { umpirePage } from "./umpire.js";

const KEY = "token"; // in the tab's own storage: a reload stays in, and two tabs can be two people
const PAGES = { umpire: umpirePage, team: teamPage, projector: projectorPage };
const AGAIN = 2000; // milliseconds until what failed while the stream was open is asked or done again
const UNANSWERED = "The connection was lost before an answer came. This is sent again by itself as soon as it is back.";

window.addEventListener("hashchange", () => {
  const token = tokenOfLink();
  if (!token) return;
  sessionStorage.clear();
  sessionStorage.setItem(KEY, token);
  location.reload();
});
start();

function start() {
  const token = tokenOfLink() || sessionStorage.getItem(KEY);
  if (token) enter(token);
  else door();
}

/** The token after # in the address, which is then taken away from there. */
function tokenOfLink() {
  const token = location.hash.slice(1);
  if (!/^(u|p|m\d+)\.[0-9a-f]{64}$/.test(token)) return "";
  history.replaceState(null, "", location.pathname);
  return token;
}

function door(words = "") {
  sessionStorage.clear();
  document.body.className = "class at-door";
  byId("main").replaceChildren(joinView((token) => { enter(token); byId("main").focus(); }, words));
  document.documentElement.dataset.ready = "door";
}

function enter(token) {
  sessionStorage.setItem(KEY, token);
  const stop = new AbortController();
  const ended = () => {
    if (stop.signal.aborted) return;
    stop.abort();
    showLink("open");
    forget(token);
    door("This link or place in the class is not known here any more. Join again.");
  };
  const room = makeRoom(token, ended);
  connect(served(room.send));
  const link = (state) => (state === "ended" ? ended() : showLink(state));
  followShared(token, { changed: () => room.refresh(), link }, stop.signal);
}

/** What the views of a page share: what is known of the class, and how to ask and act. */
function makeRoom(token, ended) {
  const known = { told: null, state: null, lived: null };
  let page = null;
  let running = null;
  let next = null;
  const room = {
    state: () => known.state,
    lived: () => known.lived,
    units: () => standing(known.told, known.lived),
    ask: (path) => call(path, { token }),
    file: (path) => call(path, { token, file: true }),
    send: (path, message) => call(path, { token, message }),
    say: (text) => retext(byId("spoken"), text),
    async act(action, fields = {}, how = {}) {
      const done = await answered({ do: action, ...fields, once: someKey() }, how);
      await refresh();
      return done.number;
    },
  };

  /** The answer to an action, which is sent again until there is one: the server knows it by its key. */
  async function answered(message, { say = room.say, signal }) {
    for (;;) {
      try {
        return await call("act", { token, message, signal });
      } catch (problem) {
        if (!(problem instanceof Lost) || signal?.aborted) throw problem;
      }
      say(UNANSWERED);
      await pause(AGAIN);
      if (signal?.aborted) throw new Lost(false);
    }
  }

  /** Asks anew, one time after the other. Done when what was there at the call is shown. */
  function refresh() {
    if (running === null) return (running = once().finally(() => { running = null; }));
    next ??= running.catch(() => {}).then(() => { next = null; return refresh(); });
    return next;
  }

  async function once() {
    try {
      await renew();
    } catch (problem) {
      if (!(problem instanceof Refused || problem instanceof Lost)) throw problem;
      if (problem.status === 401) ended();
      else setTimeout(refresh, AGAIN);
    }
  }

  async function renew() {
    const [state, lived] = await Promise.all([room.ask("state"), room.ask("lived")]);
    if (known.told === null || state.revealed !== known.state.revealed) known.told = await room.ask("case");
    Object.assign(known, { state, lived });
    room.told = known.told;
    room.names = naming(known.told);
    if (page === null) {
      page = PAGES[state.role](room);
      document.body.className = `class ${state.role}`;
      byId("main").replaceChildren(...page.nodes);
      retext(byId("title"), known.told.case.title);
    }
    page.update();
    document.documentElement.dataset.ready = state.role;
    document.documentElement.dataset.seq = state.seq;
  }

  return Object.assign(room, { refresh });
}

function someKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function showLink(state) {
  const lost = state === "lost";
  const band = byId("link");
  band.hidden = !lost;
  band.replaceChildren(...(lost ? [html("b", {}, "Connection lost."), " Trying again …"] : []));
  document.body.toggleAttribute("data-lost", lost);
}
