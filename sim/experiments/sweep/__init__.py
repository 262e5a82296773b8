"""Sweeps: a scenario at many design points on the same dice, in shards that can be taken up again.

>>> from sim.experiments.sweep import prepare, run_sweep
>>> folder = run_sweep(prepare("my_sweep.toml"), "results/my_sweep", workers=4)
>>> folder.summary.to_pandas()
"""

from sim.experiments.sweep import global_designs  # noqa: F401  (enters its designs)
from sim.experiments.sweep.folder import SweepFolder
from sim.experiments.sweep.merge import merge
from sim.experiments.sweep.prepare import prepare
from sim.experiments.sweep.run import run_sweep
from sim.experiments.sweep.sweep import Sweep

__all__ = ["Sweep", "SweepFolder", "merge", "prepare", "run_sweep"]
