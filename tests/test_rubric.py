"""Starting values follow the coded factors by one table, and what is written stands."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import get_args

import pytest

from sim import load
from sim.scenario import resolve, rubric
from sim.scenario.resolved import Resolved
from sim.scenario.schema import Factors, Unit
from tests.scenario_files import BASE, write_file

WORDS = {name: list(get_args(get_args(info.annotation)[0])) for name, info in Factors.model_fields.items()}


def resolved(path: Path, factors: str = "", text: str = BASE) -> Resolved:
    plain = re.sub(r"(?m)^\[factors\]\n(?:\w.*\n)+", "", text)
    head, rest = plain.split("\n[", 1)
    return resolve(load(write_file(path / "case.toml", f"{head}\n{factors}\n[{rest}")))


def plain(**fields: object) -> Unit:
    row = {"id": "u", "name": "u", "formation": "f", "place": "P", "men_low": 1, "men_high": 2}
    return Unit.model_validate({**row, **fields})


def test_every_word_has_a_value() -> None:
    tables = {
        "manning": rubric.MANNING,
        "leadership": rubric.LEADERSHIP,
        "stake": rubric.STAKE,
        "exit": rubric.SAFETY,
        "supply": rubric.SUPPLY,
        "backing": rubric.BACKING,
    }
    assert {name: list(table) for name, table in tables.items()} == WORDS


def test_of_a_force_that_is_not_coded_every_unit_is_at_the_reference() -> None:
    nothing = Factors()
    assert rubric.morale(plain(), nothing) == rubric.loyalty(plain(), nothing) == 0.5
    assert rubric.safety(plain(), nothing) == 0
    assert rubric.supply(plain(supply_cap=4), nothing) == 4


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        ("manning", rubric.morale),
        ("leadership", rubric.morale),
        ("leadership", rubric.loyalty),
        ("stake", rubric.loyalty),
        ("exit", rubric.safety),
        ("supply", rubric.supply),
    ],
)
def test_values_fall_from_the_first_word_to_the_last(name: str, quantity: object) -> None:
    """The words of a factor are written from the one that holds a force together to the one that does not;
    a safe way out works the other way, and its first word is the widest."""
    values = [quantity(plain(), Factors.model_validate({name: word})) for word in WORDS[name]]  # type: ignore[operator]
    assert all(a > b for a, b in itertools.pairwise(values))


def test_what_is_written_stands() -> None:
    coded = Factors(manning="hollow", stake="low", exit="open", supply="cut")
    written = plain(morale=0.9, loyalty=0.8, safety=0.1, supply=2.5)
    values = [quantity(written, coded) for quantity in (rubric.morale, rubric.loyalty, rubric.safety, rubric.supply)]
    assert values == [0.9, 0.8, 0.1, 2.5]


def test_values_stay_between_0_and_1() -> None:
    best, worst = Factors(manning="full", leadership="resident", stake="high"), Factors(leadership="distant")
    for unit in (plain(elite=True), plain(), plain(kind="contingent")):
        for factors in (best, worst):
            assert 0 <= rubric.morale(unit, factors) <= 1
            assert 0 <= rubric.loyalty(unit, factors) <= 1


def test_a_formation_is_coded_apart_and_hands_it_down(tmp_path: Path) -> None:
    before = resolved(tmp_path, '[factors]\nexit = "open"\nstake = "low"')
    formations = {row.id: row.parent for row in before.formations}
    below = next(name for name, parent in formations.items() if parent is not None)
    text = BASE.replace(f"[formation.{below}]", f'[formation.{below}]\nfactors = {{exit = "closed"}}')
    after = resolved(tmp_path, '[factors]\nexit = "open"\nstake = "low"', text)
    changed = {u.id for u, v in zip(before.units, after.units, strict=True) if u.safety != v.safety}
    under = {
        u.id for u in after.units if u.formation == below and u.kind != "contingent" and u.controller == after.host
    }
    assert changed == under != set()
    for unit in after.units:
        assert unit.safety == (0.0 if unit.id in under or unit.kind == "contingent" else 0.5)


def test_the_factors_are_the_hosts(tmp_path: Path) -> None:
    """Units of another side are not coded by what is known of the host."""
    syria = Path(__file__).parent.parent / "scenarios" / "syria_2024"
    other = [unit for unit in resolve(load(syria)).units if unit.controller != "government"]
    assert other
    assert all(unit.safety == 0 for unit in other)


def test_patrons_stand_as_coded(tmp_path: Path) -> None:
    def standing(factors: str) -> list[tuple[float, float]]:
        text = "\n".join(line for line in BASE.splitlines() if not line.startswith(("commitment", "trust")))
        return [(p.commitment, p.trust) for p in resolved(tmp_path, factors, text).patrons]

    assert set(standing("")) == {rubric.UNKNOWN}
    assert set(standing('[factors]\nbacking = "reserved"')) == {rubric.BACKING["reserved"]}


def test_an_unknown_word_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    from sim.scenario import ScenarioError

    with pytest.raises(ScenarioError) as caught:
        resolved(tmp_path, '[factors]\nexit = "opn"')
    assert "open" in str(caught.value)
    assert "closed" in str(caught.value)
