"""Numbers while the class waits: simulated in a few threads, shared by all who ask the same, kept.

A question is a version of the scenario (`sim.classroom.case.Version`) and what is wanted of it.
Its answer is JSON, the same bytes for everybody. Where compiled code is there, answers come from
ensembles that are kept ready (`sim.experiments.warm`), of the scenario and of what is played so far, and
what was stepped for one answer serves the others about the same version; all answers are those of a
full run, to the bit.
"""

from __future__ import annotations

import gc
import json
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.classroom.case import Case, Version
from sim.classroom.kept import Kept
from sim.experiments.ground import ground
from sim.experiments.picture import Simulated, days_told, picture, simulate
from sim.experiments.players import candidates
from sim.kernels.choice import Kernel, Wanted, choose
from sim.measures import LABEL, became, share_by, shift
from sim.measures.times import finite
from sim.plan import Plan, make_plan
from sim.recording import no_counts, ticks
from sim.report import events as switchable
from sim.report import lived
from sim.scenario.resolved import Resolved

if TYPE_CHECKING:
    from sim.experiments.warm import Answer, Begun

FIRST_RUNS = 200
"""Runs of the first picture."""
KEPT = 256
"""Answers that are kept."""
CHECKPOINT_HOURS = 24.0
"""From one checkpoint of what is kept ready to the next [h], at first; each takes memory."""
SPARSER = 0.25
"""Later: this share of the time since the first one. Early changes are what is waited for longest."""
BEGUN = 2
"""Versions of which runs are kept that stopped where they collapsed, until the whole picture is asked for."""
FOLLOW_AFTER_S = 0.5
"""What is played is made ready so long after it was, and once nobody waits for an answer."""
VERSIONS = 6
"""Whose plans and runs are kept, so that another answer about them steps nothing."""
ANSWERS_EXPECTED = 20
"""Ensembles that a class asks for, to choose a kernel by."""

Wish = Literal["first", "picture", "effect", "lived", "breaks", "luck"]
Row = dict[str, Any]


class Live:
    """The ensemble of a class: `ask` from any thread.

    Args:
        case: the scenario.
        runs: of every answer but the first picture.
        seed: of all draws.
        run: the one that is lived.
        workers: threads that share one answer; two answers are made at a time.
        kernel: which one steps; all give the same answers.

    Attributes:
        asked, merged, made: questions so far, those answered from what was there or under way, and the rest.
        seconds: (wish, seconds) of the latest answers that were made.
    """

    def __init__(
        self, case: Case, *, runs: int, seed: int, run: int = 0, workers: int = 2, kernel: Wanted = "auto"
    ) -> None:
        self.case, self.runs, self.seed, self.run, self._workers = case, runs, seed, run, workers
        self.plan = make_plan(case.resolved)
        unit_steps = ANSWERS_EXPECTED * runs * self.plan.steps * len(self.plan.units.ids)
        self.kernel: Kernel = choose(kernel, unit_steps, workers)
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="answer")
        self._lock, self._running, self._kept = Lock(), dict[Any, Future[bytes]](), OrderedDict[Any, bytes]()
        self._bases: Kept[Simulated] = Kept(2)
        self._collapses: Kept[NDArray[np.float64]] = Kept(KEPT)
        self._stepped: Kept[Simulated] = Kept(VERSIONS)
        self._begun: Kept[Begun] = Kept(BEGUN)
        self._first: Kept[Answer] = Kept(VERSIONS)
        self._plans: Kept[Plan] = Kept(VERSIONS)
        self._lives: Kept[Row] = Kept(VERSIONS)
        self._readying = Lock()
        self._warm: Any = None
        self._behind = ThreadPoolExecutor(1, thread_name_prefix="ready")
        self._closed, self._wanted = Event(), Version()
        self._ahead: tuple[Version, Any] | None = None
        self.asked = self.merged = self.made = 0
        self.seconds: deque[tuple[str, float]] = deque(maxlen=1000)

    def prepare(self) -> None:
        """Simulate the baseline, and keep it ready where compiled code can: the first question need not wait for it."""
        with self._readying:
            if self.kernel == "compiled" and self._warm is None:
                self._warm = self._ready(self.case.resolved, self._workers, 0.0)
        self._base(self.runs)
        self._base(self._few)

    def settle(self) -> None:
        """Have Python's collector leave alone all that is there by now. For a process that serves one class, once it
        is prepared: to go through all of it would make a question wait for a tenth of a second."""
        gc.collect()
        gc.freeze()

    def follow(self, version: Version, hour: float) -> None:
        """Keep a version ready from an hour on, besides the scenario: what is asked on top of it later steps only
        what follows. Done behind the answers; only the latest version counts."""
        if version.key == self._wanted.key:
            return
        self._wanted = version
        if self.kernel == "compiled":
            self._behind.submit(self._follow, version, hour)

    @property
    def followed(self) -> Version:
        """The version that is kept ready by now; the scenario as it is, if none is."""
        ahead = self._ahead
        return Version() if ahead is None else ahead[0]

    def _follow(self, version: Version, hour: float) -> None:
        def is_stale() -> bool:
            return self._closed.is_set() or self._wanted is not version

        self._closed.wait(FOLLOW_AFTER_S)
        while self._running and not is_stale():
            self._closed.wait(FOLLOW_AFTER_S / 10)
        if is_stale():
            return
        self._ahead = None  # its memory first
        if version != Version():
            self._ahead = version, self._ready(self.case.with_played(version), 1, hour)

    def _ready(self, resolved: Resolved, workers: int, from_hour: float) -> Any:
        from sim.experiments.warm import Warm

        hours = checkpoint_hours(from_hour, self.case.resolved.days * 24)
        warm = Warm(resolved, runs=self.runs, seed=self.seed, workers=workers, checkpoints=hours)
        warm.workers = self._workers
        return warm

    def _nearest(self, version: Version) -> Any:
        """The ensemble kept ready that a version goes on from."""
        ahead = self._ahead
        return ahead[1] if ahead is not None and version.goes_on_from(ahead[0]) else self._warm

    def _base(self, runs: int) -> Simulated:
        """So many runs of the scenario as it is."""
        return self._bases.get(runs, lambda: self._step(Version(), runs))

    @property
    def _few(self) -> int:
        return min(FIRST_RUNS, self.runs)

    @property
    def days(self) -> list[float]:
        """The days by which shares of collapsed runs are told."""
        return days_told(self.case.resolved, self._base(self.runs))

    def told(self) -> Row:
        """What a page needs once: the ground, the events of the scenario, the clock, the case (as in a report)."""
        resolved, base = self.case.resolved, self._base(self.runs)
        players = candidates(resolved, by_type=False)
        return {
            "ground": ground(resolved),
            "events": switchable.told(resolved, switchable.Chosen(players, "all of them"), base.rows),
            "clock": {"start": resolved.start, "horizon": resolved.days * 24, "shown": resolved.days * 24,
                      "hours": ticks(self.plan).tolist(), "ticks": ticks(self.plan).tolist(), "days": self.days},
            "case": {"name": resolved.name, "title": resolved.title, "summary": " ".join(resolved.summary.split()),
                     "collapse_share": resolved.collapse_share, "runs": self.runs, "seed": self.seed, "note": LABEL,
                     "sha256": self.case.sha256},
        }  # fmt: skip

    def ask(self, wish: Wish, version: Version, since: Version | None = None, run: int | None = None) -> Future[bytes]:
        """The answer to a question, as JSON; equal questions share one.

        Args:
            wish: `first`, `picture`: sim/experiments/picture.py, of few runs, or of all with the lived run;
                `effect`: the paired effect on the collapse; `lived`: the lived run as changes;
                `breaks`: why its units broke; `luck`: where it stands among all.
            version: what is asked about.
            since: an effect is against this version; the scenario as it is if None.
            run: the lived run, if not the first one.
        """
        run = self.run if run is None else run
        key = (self.case.sha256, self.seed, self.runs, wish, version.key, since.key if since else "", run)
        with self._lock:
            self.asked += 1
            if key in self._kept:
                self.merged += 1
                self._kept.move_to_end(key)
                ready: Future[bytes] = Future()
                ready.set_result(self._kept[key])
                return ready
            if key in self._running:
                self.merged += 1
                return self._running[key]
            future = self._running[key] = self._pool.submit(self._answer, key, wish, version, since, run)
            return future

    def collapse(self, version: Version) -> NDArray[np.float64]:
        """(run,) hour of collapse of a version, NaN if none."""
        return self._collapses.get(version.key, lambda: np.asarray(self._collapse_hour(version), dtype=np.float64))

    def _collapse_hour(self, version: Version) -> NDArray[Any]:
        if (version.key, self.runs) in self._stepped or self._nearest(version) is None:
            return self._rows(version)["collapse_hour"]
        return self._begin(version).collapse_hour

    def close(self) -> None:
        """Finish what is under way, and start nothing more."""
        self._closed.set()
        self._pool.shutdown(cancel_futures=True)
        self._behind.shutdown(cancel_futures=True)

    def _answer(self, key: Any, wish: Wish, version: Version, since: Version | None, run: int) -> bytes:
        makers: dict[str, Callable[[], Any]] = {
            "first": lambda: self._picture(version, self._few),
            "picture": lambda: self._picture(version, self.runs) | {"lived": self._history(version, run)},
            "effect": lambda: self._effect(version, since),
            "lived": lambda: self._lived(version, run),
            "breaks": lambda: lived.why_units_broke(self.case.with_played(version), self.seed, run),
            "luck": lambda: lived.luck(self._rows(version), run, self.case.resolved.days * 24),
        }
        began = time.perf_counter()
        try:
            answer = as_bytes(makers[wish]())
        except BaseException:
            with self._lock:
                del self._running[key]
            raise
        with self._lock:
            self.made += 1
            self.seconds.append((wish, time.perf_counter() - began))
            del self._running[key]
            self._kept[key] = answer
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return answer

    def _simulated(self, plan: Plan, runs: int) -> Simulated:
        return simulate(plan, runs=runs, seed=self.seed, workers=self._workers, kernel=self.kernel)

    def _runs(self, version: Version, runs: int) -> Simulated:
        """So many runs of a version: their rows, and their counts as far as a picture asks for them."""
        return self._stepped.get((version.key, runs), lambda: self._step(version, runs))

    def _step(self, version: Version, runs: int) -> Simulated:
        plan, warm = self._plan(version), self._nearest(version)
        if warm is None:
            return self._simulated(plan, runs)
        if runs < self.runs:
            answer = self._first.get(version.key, lambda: warm.ask(self.case.with_played(version), runs, plan))
        else:
            begun = self._begin(version)
            self._begun.drop(version.key)  # it can be finished once
            answer = begun.finish()
        return Simulated(answer.variant, replace(no_counts(plan), strength=answer.strength))

    def _begin(self, version: Version) -> Begun:
        """All runs of a version until they collapse: what its effect is asked for."""

        def begun() -> Begun:
            first = self._first.peek(version.key)  # not to be stepped again
            made: Begun = self._nearest(version).begin(self.case.with_played(version), self._plan(version), first)
            return made

        return self._begun.get(version.key, begun)

    def _plan(self, version: Version) -> Plan:
        return self._plans.get(version.key, lambda: make_plan(self.case.with_played(version)))

    def _history(self, version: Version, run: int) -> Row:
        """A run of a version as changes (`lived.history`)."""

        def told() -> Row:
            return lived.history(self._plan(version), self.seed, run, self.kernel)

        return self._lives.get((version.key, run), told)

    def _rows(self, version: Version) -> dict[str, NDArray[Any]]:
        """Outcome rows of all runs."""
        return self._runs(version, self.runs).rows

    def _picture(self, version: Version, runs: int) -> Row:
        resolved, base = self.case.with_played(version), self._base(runs)
        made = picture(resolved, base, self._runs(version, runs), hours=ticks(self.plan), days=self.days)
        return {**made, "runs": runs, "lived": None}

    def _effect(self, version: Version, since: Version | None) -> Row:
        base = self.collapse(since or Version())
        variant, horizon = self.collapse(version), self.case.resolved.days * 24
        return {
            "runs": self.runs,
            "shift": {name: finite(value) for name, value in vars(shift(base, variant, horizon)).items()},
            "became": {
                name: share_by(np.where(flags, 0.0, np.nan), 0.0)
                for name, flags in became(base, variant, horizon).items()
            },
            "collapsed": {"before": share_by(base, horizon), "after": share_by(variant, horizon)},
            "note": LABEL,
        }

    def _lived(self, version: Version, run: int) -> Row:
        triggers = [trigger.id for trigger in self.case.with_played(version).triggers]
        return self._history(version, run) | {"triggers": triggers}


def checkpoint_hours(first: float, horizon: float) -> list[float]:
    """Hours at which an ensemble that is asked about from an hour on is kept [h]."""
    hours = [first]
    while hours[-1] < horizon:
        hours.append(hours[-1] + max(CHECKPOINT_HOURS, SPARSER * (hours[-1] - first)))
    return hours[:-1]


def as_bytes(value: object) -> bytes:
    """Compact JSON; numpy's numbers and arrays are JSON's."""
    return json.dumps(
        value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=lambda each: each.tolist()
    ).encode()
