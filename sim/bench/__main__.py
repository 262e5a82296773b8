"""One measurement: `python -m sim.bench RESOLVED_JSON JOB`. Prints one JSON object."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from sim.bench.entries import Job, measure
from sim.bench.process import PHASES
from sim.scenario.resolved import Resolved


def main(scenario: str, job_text: str) -> None:
    """Do a job on a scenario and print what came out."""
    job = Job(**json.loads(job_text))
    resolved = Resolved.model_validate_json(Path(scenario).read_text(encoding="utf-8"))
    print(json.dumps(phases(resolved, job.runs) if job.entry == PHASES else measure(resolved, job)))


def phases(resolved: Resolved, runs: int) -> dict[str, Any]:
    """Where the NumPy kernel's time goes."""
    from sim.bench.phases import watch
    from sim.plan import make_plan

    plan = make_plan(resolved)
    return watch(plan, runs).told(len(plan.units.ids))


if __name__ == "__main__":
    main(*sys.argv[1:])
