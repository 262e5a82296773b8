"""The after-action report: one HTML file that needs no network and no server.

`make` simulates every on/off combination of the chosen events on the same dice and returns
the data; `write` puts them into a page (sim/page) with a strict content policy.
"""

from sim.report.data import Asked, Progress, TooLargeError, make, simulations
from sim.report.events import MOST_EVENTS, Added, Chosen, choose, left_out, named, needs_screening
from sim.report.html import html, write
from sim.report.pdf import BrowserError, find_browser, print_pdf
from sim.report.words import in_days, prompts

__all__ = [
    "MOST_EVENTS",
    "Added",
    "Asked",
    "BrowserError",
    "Chosen",
    "Progress",
    "TooLargeError",
    "choose",
    "find_browser",
    "html",
    "in_days",
    "left_out",
    "make",
    "named",
    "needs_screening",
    "print_pdf",
    "prompts",
    "simulations",
    "write",
]
