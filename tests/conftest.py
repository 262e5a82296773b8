"""Settings of every test: Hypothesis draws the same examples each time and has no deadline."""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
