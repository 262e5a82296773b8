"""A study of one small invented case, as files: for tests that need a whole one."""

from __future__ import annotations

from pathlib import Path

from sim.scenario import write_new

EVIDENCE = """\
id,case,kind,of,after,low,high,tail,use,source,confidence,note
frontier,small,fall,FRONTIER,,12,36,6,fit,,A,
capital,small,fall,CAPITAL,,,,,held_out,,A,
force,small,collapse,,,,,,fit,,A,
dead,small,men,killed,,10,400,2,held_out,,C,
lull,small,gap,MIDTOWN,FRONTIER,0,72,,held_out,,B,
town,small,fall,MIDTOWN,,,,,unused,,A,nobody wrote it down
"""

STUDY = """\
format = 1
name = "small"
title = "A small case"
evidence = "evidence.csv"
parameters = ["waver_rate", "effect_pressure"]

[case.small]
scenario = "small.toml"
days = 4

[budget]
table = 700
keep = 60
particles = 20
simulations = 100
predictive = 100

[variant.no_contagion]
title = "no contagion"
fixed = {effect_belief = 0}

[variant.no_triggers]
title = "no dated events"
triggers = false
"""


def write_study(folder: Path, evidence: str = EVIDENCE, study: str = STUDY) -> Path:
    """The study's files; returns its own."""
    write_new(folder / "small.toml")
    text = (folder / "small.toml").read_text(encoding="utf-8")
    outcomes = '\n[[outcome]]\nplace = "CAPITAL"\n'
    (folder / "small.toml").write_text(text + outcomes, encoding="utf-8")
    (folder / "evidence.csv").write_text(evidence, encoding="utf-8")
    path = folder / "small_study.toml"
    path.write_text(study, encoding="utf-8")
    return path
