"""A scenario resolves to one explicit form, whatever its files look like."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sim.parameters import BY_NAME
from sim.scenario import Resolved, load, resolve
from sim.scenario.directory import ScenarioDirectory
from sim.scenario.resolved import ResolvedTrigger, ResolvedUnit
from sim.triggers.base import Target
from tests.scenario_files import BASE, TABLES, write_file, write_folder

SHIPPED = sorted(p for p in (Path(__file__).parent.parent / "scenarios").iterdir() if p.is_dir())


def resolved(folder: Path, text: str = BASE, **changes: Any) -> Resolved:
    return resolve(load(write_file(folder / "base.toml", text), **changes))


def replaced(old: str, new: str) -> str:
    assert BASE.count(old) == 1, f"{old!r} occurs {BASE.count(old)} times"
    return BASE.replace(old, new)


def trigger(scenario: Resolved, name: str) -> ResolvedTrigger:
    return next(t for t in scenario.triggers if t.id == name)


# one form


def test_folder_and_single_file_are_one_scenario(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "folder")
    assert resolve(load(folder)) == resolved(tmp_path)
    assert resolve(load(folder / "scenario.toml")) == resolve(load(folder))


def test_a_spreadsheet_may_leave_its_marks(tmp_path: Path) -> None:
    """A byte order mark, Windows line ends, blanks around cells, and empty rows change nothing."""
    folder = write_folder(tmp_path / "folder")
    before = resolve(load(folder))
    for file in folder.iterdir():
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".csv":
            text = text.replace(",", ", ") + "," * text.split("\n")[0].count(",") + "\n\n"
        file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert resolve(load(folder)) == before


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_rows_changes_no_byte(seed: int, tmp_path: Path) -> None:
    shuffle = random.Random(seed).shuffle
    folder = write_folder(tmp_path / "folder")
    before = resolve(load(folder)).model_dump_json()
    for file in TABLES:
        header, *rows = list(csv.reader((folder / file).read_text().splitlines()))
        shuffle(rows)
        with (folder / file).open("w", newline="") as stream:
            csv.writer(stream).writerows([header, *rows])
    top, *blocks = re.split(r"(?m)^(?=\[(?!\[trigger\.|\[axis\.))", (folder / "scenario.toml").read_text())
    assert len(blocks) > 8
    shuffle(blocks)
    blocks = [_accounts_turned(block) for block in blocks]
    (folder / "scenario.toml").write_text(top + "".join(blocks))
    assert resolve(load(folder)).model_dump_json() == before


def _accounts_turned(block: str) -> str:
    """A [[trigger]] block with its accounts in the opposite order."""
    head, *accounts = re.split(r"(?m)^(?=\[\[trigger\.account)", block)
    return head + "\n".join(reversed(accounts))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_nothing_is_lost_on_the_way_through_json(path: Path) -> None:
    scenario = resolve(load(path))
    assert Resolved.model_validate_json(scenario.model_dump_json()) == scenario


def test_everything_is_sorted_by_id_and_every_default_is_written(tmp_path: Path) -> None:
    scenario = resolved(tmp_path)
    for rows in (scenario.places, scenario.units, scenario.axes, scenario.triggers, scenario.patrons):
        ids = [row.id for row in rows]  # type: ignore[attr-defined]
        assert ids == sorted(ids)
    ends = [(link.from_place, link.to_place) for link in scenario.links]
    assert ends == sorted(ends)
    assert list(scenario.parameters) == sorted(BY_NAME)
    assert scenario.parameters["waver_rate"] == 0.004
    assert scenario.parameters["exit_rate"] == BY_NAME["exit_rate"].default
    assert {unit.controller for unit in scenario.units} == {scenario.host} == {"government"}
    assert all(unit.supply == unit.supply_cap for unit in scenario.units)
    assert all(link.front_km == link.km for link in scenario.links)
    assert [account.name for account in trigger(scenario, "legion_leaves").accounts] == ["only"]


# routes

DETOUR = """
[[place]]
id = "FORD"
name = "The ford"
region = "river"
lat = 41.25
lon = 20.6
holder = "government"

[[link]]
from = "FORD"
to = "MIDTOWN"
km = KM

[[link]]
from = "BRIDGE"
to = "FORD"
km = 18
"""


@pytest.mark.parametrize(
    ("km", "change", "way"),
    [
        ("17", {}, ("FRONTIER", "BRIDGE", "FORD", "MIDTOWN", "CAPITAL")),
        ("19", {}, ("FRONTIER", "BRIDGE", "MIDTOWN", "CAPITAL")),
        ("18", {}, ("FRONTIER", "BRIDGE", "FORD", "MIDTOWN", "CAPITAL")),
        ("17", {"link.BRIDGE-FORD.open": False}, ("FRONTIER", "BRIDGE", "MIDTOWN", "CAPITAL")),
        ("17", {"place.FORD.protected": True}, ("FRONTIER", "BRIDGE", "MIDTOWN", "CAPITAL")),
        ("99", {"link.BRIDGE-MIDTOWN.open": "false"}, ("FRONTIER", "BRIDGE", "FORD", "MIDTOWN", "CAPITAL")),
    ],
    ids=["shorter", "longer", "as short: by name", "closed", "protected", "a detour round a closed road"],
)
def test_a_route_takes_the_shortest_open_road(
    km: str, change: dict[str, object], way: tuple[str, ...], tmp_path: Path
) -> None:
    (axis,) = resolved(tmp_path, BASE + DETOUR.replace("KM", km), set=change).axes
    assert axis.routes == ((1.0, way),)


def test_weights_of_routes_sum_to_one(tmp_path: Path) -> None:
    more = '[[axis.route]]\nweight = 3\nplaces = ["BRIDGE"]\n\n# ---- triggers'
    (axis,) = resolved(tmp_path, replaced("# ---- triggers", more)).axes
    assert axis.routes == ((0.25, ("FRONTIER", "BRIDGE", "MIDTOWN", "CAPITAL")), (0.75, ("BRIDGE",)))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_step_of_every_route_is_a_road(path: Path) -> None:
    scenario = resolve(load(path))
    roads = {frozenset((link.from_place, link.to_place)) for link in scenario.links}
    for axis in scenario.axes:
        assert sum(weight for weight, _ in axis.routes) == pytest.approx(1)
        for _, way in axis.routes:
            assert all(frozenset(step) in roads for step in pairwise(way))


# moments

AT = "at = 2031-05-02T21:00:00+00:00\nuncertainty_hours = 6"
WINDOW = "window = [2031-05-04T00:00:00+00:00, 2031-05-08T00:00:00+00:00]"


@pytest.mark.parametrize(
    ("name", "old", "new", "bounds"),
    [
        ("general_shot", AT, AT, (33, 45)),
        ("general_shot", AT, "at = 2031-05-02T21:00:00+00:00", (39, 39)),
        ("general_shot", AT, "at = 2031-05-03T02:30:00+05:30", (39, 39)),
        ("general_shot", AT, "at = 2031-05-01T08:00:00+00:00\nuncertainty_hours = 6", (0, 8)),
        ("general_shot", AT, "at = 2031-05-01T06:00:00+00:00", (0, 0)),
        ("legion_leaves", WINDOW, WINDOW, (66, 162)),
        ("legion_leaves", WINDOW, "window = [2031-05-04T00:00:00-01:00, 2031-05-04T00:00:00Z]", (None, None)),
        ("legion_leaves", WINDOW, "window = [2031-05-01T00:00:00Z, 2031-05-01T12:00:00Z]", (0, 6)),
        ("order_to_fall_back", "delay_hours = [2, 8]", "delay_hours = 3", (0, 0)),
    ],
)
def test_moments_become_hours(
    name: str, old: str, new: str, bounds: tuple[float | None, float | None], tmp_path: Path
) -> None:
    if bounds == (None, None):  # an hour earlier by the clock, but later by the sun
        with pytest.raises(ValueError, match="ends before it begins"):
            resolved(tmp_path, replaced(old, new))
        return
    moved = trigger(resolved(tmp_path, replaced(old, new)), name)
    assert (moved.earliest, moved.latest) == bounds


def test_the_zone_of_the_start_moves_no_hour(tmp_path: Path) -> None:
    start = "start = 2031-05-01T06:00:00+00:00"
    moved = resolved(tmp_path, replaced(start, "start = 2031-05-01T09:00:00+03:00"))
    before = resolved(tmp_path)
    assert moved.start == "2031-05-01T09:00:00+03:00"
    assert moved.model_copy(update={"start": before.start}) == before
    outcome = next(o for o in before.outcomes if o.place == "FRONTIER")
    assert (outcome.contact, outcome.lost_from, outcome.lost_to) == (6, 18, 30)


def test_delays_and_guards_are_spelled_out(tmp_path: Path) -> None:
    order = trigger(resolved(tmp_path), "order_to_fall_back")
    assert (order.delay_low, order.delay_high, order.patience_hours) == (2, 8, 240)
    (guard,) = order.guards
    assert (guard.fired, guard.lost, guard.strength_below) == (("legion_leaves",), (), None)
    text = replaced('fired = "legion_leaves"', 'lost = ["MIDTOWN", "BRIDGE"]\ncommitment_below = {westland = 0.2}')
    (guard,) = trigger(resolved(tmp_path, text), "order_to_fall_back").guards
    assert guard.lost == ("BRIDGE", "MIDTOWN")
    assert guard.commitment_below == (("westland", 0.2),)


# changes


def unit(scenario: Resolved, name: str) -> ResolvedUnit:
    return next(u for u in scenario.units if u.id == name)


@pytest.mark.parametrize(
    ("path", "value", "read"),
    [
        ("trigger.general_shot.probability", "0.3", lambda s: trigger(s, "general_shot").probability == 0.3),
        ("trigger.general_shot.title", "At noon", lambda s: trigger(s, "general_shot").title == "At noon"),
        ("trigger.legion_leaves.delay_hours", "[1, 2]", lambda s: trigger(s, "legion_leaves").delay_low == 1),
        ("trigger.general_shot.at", "2031-05-01T12:00Z", lambda s: trigger(s, "general_shot").latest == 12),
        ("trigger.general_shot.enabled", "false", lambda s: not trigger(s, "general_shot").enabled),
        ("unit.guard_brigade.elite", False, lambda s: not unit(s, "guard_brigade").elite),
        ("place.MIDTOWN.terrain", 2, lambda s: next(p for p in s.places if p.id == "MIDTOWN").terrain == 2),
        ("patron.westland.commitment", "0.1", lambda s: s.patrons[0].commitment == 0.1),
        ("axis.valley.men", "[10, 20]", lambda s: s.axes[0].men_high == 20),
        ("axis.valley.starts_hour", "raised", lambda s: s.axes[0].starts_hour is None),
        ("axis.valley.route.1.weight", "2", lambda s: s.axes[0].routes[0][0] == 1),
        ("parameter.exit_rate", "0.05", lambda s: s.parameters["exit_rate"] == 0.05),
        ("exit_rate", 0.05, lambda s: s.parameters["exit_rate"] == 0.05),
        ("days", "5", lambda s: s.days == 5),
        ("step_hours", 1.0, lambda s: s.step_hours == 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", [write_file, write_folder])
def test_set_changes_one_value(
    form: Callable[[Path], Path], path: str, value: object, read: Callable[[Resolved], bool], tmp_path: Path
) -> None:
    base = form(tmp_path / "base.toml")
    assert read(resolve(load(base, set={path: value})))
    before = resolve(load(base))
    assert before == resolve(load(base)), "loading with a change left something behind"
    assert not read(before) or path in ("axis.valley.route.1.weight",)


@pytest.mark.parametrize("name", ["legion_leaves", "ally_withdrawal"])
def test_without_switches_off_by_id_or_by_type(name: str, tmp_path: Path) -> None:
    assert {t.id for t in resolved(tmp_path, without=[name]).triggers if not t.enabled} == {"legion_leaves"}


def test_without_a_type_switches_off_all_of_it(tmp_path: Path) -> None:
    rallies = "".join(
        f'\n[[trigger]]\nid = "{name}"\ntype = "rally"\ntitle = "A rally"\nplace = "BRIDGE"\n'
        for name in ("first", "second")
    )
    off = {t.id for t in resolved(tmp_path, BASE + rallies, without=["rally"]).triggers if not t.enabled}
    assert off == {"first", "second"}


FOUR_ACCOUNTS = """[[trigger.account]]
name = "enemy_drone"
weight = 0.3

[[trigger.account]]
name = "enemy_unspecified"
weight = 0.1

[[trigger.account]]
name = "natural"
weight = 0.2
changes = { happens = false }

"""


def four_accounts() -> str:
    """The base scenario, with four accounts of the first trigger."""
    old = re.search(r'(?s)\[\[trigger\.account\]\]\nname = "enemy_raid".*?\n\n', BASE)
    assert old is not None
    return BASE.replace(old[0], FOUR_ACCOUNTS)


@pytest.mark.parametrize(
    ("fixed", "weights"),
    [
        (None, {"betrayal": 0.4, "enemy_drone": 0.3, "enemy_unspecified": 0.1, "natural": 0.2}),
        ("betrayal", {"betrayal": 1}),
        ("enemy", {"enemy_drone": 0.75, "enemy_unspecified": 0.25}),
        ("enemy_drone", {"enemy_drone": 1}),
    ],
)
def test_account_keeps_one_or_those_that_share_a_word(
    fixed: str | None, weights: dict[str, float], tmp_path: Path
) -> None:
    account = {} if fixed is None else {"general_shot": fixed}
    kept = trigger(resolved(tmp_path, four_accounts(), account=account), "general_shot").accounts
    assert {a.name: a.weight for a in kept} == pytest.approx(weights)
    assert [a.name for a in kept] == sorted(weights)


def test_each_account_tells_its_own_version(tmp_path: Path) -> None:
    text = four_accounts().replace('cause = "betrayal", patron', 'type = "mutiny", share = 0.5, target = '
                                   '{units = ["bridge_guard"]}, cause = "betrayal", patron')  # fmt: skip
    accounts = {a.name: a for a in trigger(resolved(tmp_path, text), "general_shot").accounts}
    assert accounts["betrayal"].type == "mutiny"
    assert any(o.status == "mutinied" for o in accounts["betrayal"].operations)
    assert accounts["enemy_drone"].type == "leader_killed"
    assert accounts["enemy_drone"].operations
    assert accounts["betrayal"].title == "Shot by his own escort"
    assert accounts["natural"].happens is False
    assert accounts["natural"].operations == ()


# what triggers may ask


@pytest.mark.parametrize(
    ("target", "units", "at"),
    [
        ({"formations": ["staff"]}, 6, ()),
        ({"formations": ["river_command"], "kinds": ["regular"]}, ["border_brigade", "bridge_guard"], ()),
        ({"patrons": ["westland"], "kinds": ["contingent"]}, ["westland_legion"], ()),
        ({"kinds": ["militia"], "places": ["MIDTOWN", "BRIDGE"]}, ["valley_militia"], ("BRIDGE", "MIDTOWN")),
        ({"regions": ["river"]}, 6, ("BRIDGE", "FRONTIER")),
        ({"regions": ["river"], "places": ["BRIDGE", "CAPITAL"]}, 6, ("BRIDGE",)),
        ({"controllers": ["opposition"]}, [], ()),
        ({"units": ["guard_brigade"], "formations": ["river_command"]}, [], ()),
    ],
)  # fmt: skip
def test_fields_of_a_target_narrow_each_other(
    target: dict[str, Any], units: int | list[str], at: tuple[str, ...], tmp_path: Path
) -> None:
    directory = ScenarioDirectory(load(write_file(tmp_path / "base.toml")).file)
    found, places = directory.select(Target(**target))
    assert (len(found) if isinstance(units, int) else list(found)) == units
    assert places == at


def test_visibility_says_who_is_reached(tmp_path: Path) -> None:
    directory = ScenarioDirectory(load(write_file(tmp_path / "base.toml")).file)
    everyone = directory.select(None, [], "national")[0]
    assert directory.select(None, ["MIDTOWN"], "local") == (everyone, ("MIDTOWN",))
    assert directory.select(None, ["MIDTOWN"], "theatre") == (everyone, ("CAPITAL", "MIDTOWN"))
    assert directory.select(None, ["MIDTOWN"], "none") == ((), ())
    assert set(everyone) - set(directory.host_units()) == {"westland_legion"}
    assert directory.units_of("westland") == ("valley_militia", "westland_legion")
    assert directory.units_of("westland", contingents_only=True) == ("westland_legion",)
    assert directory.links_of("BRIDGE") == (("BRIDGE", "MIDTOWN"), ("FRONTIER", "BRIDGE"))
    assert directory.axes_at("FRONTIER") == ("valley",)
    assert directory.axes_at("BRIDGE") == ()
    for ask in (directory.links_of, directory.axes_at, directory.subtree, directory.units_of):
        with pytest.raises(KeyError):
            ask("nothing")
