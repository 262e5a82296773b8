"""The map over time: one run, or all of them."""

from sim.figures.animation.all_runs import AllRuns
from sim.figures.animation.film import FilmError, check_film, film, picture
from sim.figures.animation.one_run import OneRun
from sim.figures.animation.scene import MOST_FRAMES, Scene

__all__ = ["MOST_FRAMES", "AllRuns", "FilmError", "OneRun", "Scene", "check_film", "film", "picture"]
