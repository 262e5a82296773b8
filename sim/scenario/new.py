"""The commented scenario that `rout new` writes: small, fictional, and ready to run."""

from __future__ import annotations

import re
from os.path import exists
from pathlib import Path

from sim.scenario.problems import Problem, ScenarioError

_TEXT = """\
# NAME: a fictional case to start from. docs/writing-a-scenario.md goes through such a file step by step.
#
# One file holds the whole scenario. Check it with `rout check`, run it with `rout run`.
# These first fields stand above the first [table].
# A larger case is a folder: this file as scenario.toml, the long tables beside it as places.csv,
# links.csv, units.csv, outcomes.csv, events.csv and sources.toml.
# A field left out takes its default. Sizes here are invented; in a real case, note their sources.

format = 1
name = "NAME"
title = "A river line and an ally in doubt"
summary = "A government army holds a river with an ally's help; the ally begins to hesitate."
start = 2031-05-01T06:00:00+00:00   # hour 0: a date, a time and a zone
days = 20                           # how long a run may last
step_hours = 2
capital = "CAPITAL"                 # losing it ends the force
collapse_share = 0.25               # so does falling below this share of the starting strength

# ---- sides: exactly one is the host, the force that is studied --------------------------------

[controller.government]
name = "Government"
role = "host"

[controller.opposition]
name = "Opposition"
role = "attacker"

# ---- patrons: outside powers on the host's side ------------------------------------------------

[patron.westland]
name = "Westland"
commitment = 0.6                    # 0: gone, 1: whatever it takes
trust = 0.7                         # what the host's units think its word is worth
air = true                          # its commitment brings air support

# ---- what is known of the force before it is tested: words, not numbers (docs/rubric.md) -------

[factors]
leadership = "mixed"                # leave out what is not known
stake = "mixed"

# ---- command: each formation answers to its parent ---------------------------------------------

[formation.staff]
name = "General staff"

[formation.river_command]
name = "River command"
parent = "staff"

[formation.capital_command]
name = "Capital command"
parent = "staff"

# ---- places and the roads between them ---------------------------------------------------------

[[place]]
id = "FRONTIER"
name = "Frontier town"
region = "river"
lat = 41.0
lon = 20.0
holder = "government"

[[place]]
id = "BRIDGE"
name = "The bridges"
kind = "crossing"
region = "river"
lat = 41.2
lon = 20.4
holder = "government"
terrain = 1.3                       # the ground helps its defenders
depot = true                        # its captor gains a little

[[place]]
id = "MIDTOWN"
name = "Midtown"
region = "centre"
lat = 41.3
lon = 20.8
holder = "government"

[[place]]
id = "CAPITAL"
name = "The capital"
kind = "capital"
region = "centre"
lat = 41.5
lon = 21.3
holder = "government"
supply_source = true                # supply flows from here along held places and open roads

[[link]]
from = "FRONTIER"
to = "BRIDGE"
road = "valley road"
km = 42

[[link]]
from = "BRIDGE"
to = "MIDTOWN"
road = "valley road"
km = 36

[[link]]
from = "MIDTOWN"
to = "CAPITAL"
road = "highway"
km = 50

# ---- units of the host's side ------------------------------------------------------------------

[[unit]]
id = "border_brigade"
name = "Border brigade"
formation = "river_command"
place = "FRONTIER"
men_low = 1500                      # strength is drawn between the two in each run
men_high = 2500
morale = 0.45
loyalty = 0.5

[[unit]]
id = "bridge_guard"
name = "Bridge guard"
formation = "river_command"
place = "BRIDGE"
men_low = 1200
men_high = 1800

[[unit]]
id = "valley_militia"
name = "Valley militia"
kind = "militia"                    # local men on a patron's pay
patron = "westland"
formation = "river_command"
place = "BRIDGE"
men_low = 400
men_high = 900
loyalty = 0.4

[[unit]]
id = "midtown_brigade"
name = "Midtown brigade"
formation = "capital_command"
place = "MIDTOWN"
men_low = 1500
men_high = 2200
motorised = true

[[unit]]
id = "guard_brigade"
name = "Guard brigade"
formation = "capital_command"
place = "CAPITAL"
men_low = 2500
men_high = 3000
quality = 1.2
elite = true
morale = 0.65
loyalty = 0.75

[[unit]]
id = "westland_legion"
name = "Westland legion"
kind = "contingent"                 # foreign: it fights or is evacuated
patron = "westland"
formation = "river_command"
place = "BRIDGE"
men_low = 600
men_high = 800
quality = 1.3

# ---- attackers: men who move together, by weighted routes --------------------------------------

[[axis]]
id = "valley"
name = "Valley offensive"
controller = "opposition"
men = [5000, 7000]
starts_hour = 6                     # contact at the first place of the route

[[axis.route]]
places = ["FRONTIER", "CAPITAL"]    # places between are filled in along the shortest road

# ---- triggers: what somebody decided, when, and how it is told ---------------------------------
# Places lost and units breaking are no triggers: the model brings them forth, or does not.
# All types: docs/triggers.md

[[trigger]]
id = "general_shot"
type = "leader_killed"
title = "The commander on the river is shot"
at = 2031-05-02T21:00:00+00:00
uncertainty_hours = 6
place = "BRIDGE"
formation = "river_command"
visibility = "theatre"
cause = "enemy"

# Two accounts of one event: one of them holds in each run, they are never averaged.
[[trigger.account]]
name = "enemy_raid"
weight = 0.6
title = "Shot in a raid"

[[trigger.account]]
name = "betrayal"
weight = 0.4
title = "Shot by his own escort"
changes = { cause = "betrayal", patron = "westland" }

[[trigger]]
id = "legion_leaves"
type = "ally_withdrawal"
title = "The legion goes home"
window = [2031-05-04T00:00:00+00:00, 2031-05-08T00:00:00+00:00]
patron = "westland"
place = "BRIDGE"
visibility = "national"
kind = "total"
probability = 0.7

# A guard: it waits until the frontier town is lost.
[[trigger.guard]]
lost = "FRONTIER"

[[trigger]]
id = "order_to_fall_back"
type = "withdrawal_order"
title = "The river command is told to fall back"
delay_hours = [2, 8]
patience_hours = 240                # how long it waits for its guards, from the start or its moment
target = { formations = ["river_command"] }
destination = "CAPITAL"

[[trigger.guard]]
fired = "legion_leaves"

# ---- outcomes: what the record says, for comparison only; never an input of a run --------------
#
# [[outcome]]
# place = "FRONTIER"
# contact = 2031-05-01T12:00:00+00:00
# lost_from = 2031-05-02T00:00:00+00:00
# lost_to = 2031-05-02T12:00:00+00:00
# source = "gazette"
#
# [source.gazette]
# title = "The gazette"
"""


def new_text(name: str = "my_case") -> str:
    """The text of a small commented scenario.

    Args:
        name: what it is called; signs that a name may not hold become underscores.
    """
    plain = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")
    return _TEXT.replace("NAME", plain if plain[:1].isalpha() else f"case_{plain}".rstrip("_"))


def write_new(path: str | Path) -> Path:
    """Write the small commented scenario to a new TOML file; `.toml` is added where it is missing.

    Raises:
        ScenarioError: it has no name, a file or a scenario of that name exists, or it cannot be written.
    """
    target = Path(path)
    if not target.name:
        raise ScenarioError([Problem(f"{str(path)!r}", 0, "", "is no name; give one, such as my_case")])
    if exists(target / "scenario.toml"):  # False for a name that no file can have
        raise ScenarioError([Problem(str(target), 0, "", "is a scenario already; give another name")])
    if target.suffix != ".toml":
        target = target.with_name(f"{target.name}.toml")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(new_text(target.stem))
    except FileExistsError:
        raise ScenarioError([Problem(str(target), 0, "", "exists already and is left as it is")]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ScenarioError([Problem(str(target), 0, "", f"cannot be written: {reason}")]) from None
    return target
