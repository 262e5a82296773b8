"""The printed page, by a browser that is on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from sim.atomic import write_bytes

BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)  # fmt: skip
OFFLINE = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic")
SECONDS = 60


class BrowserError(Exception):
    """There is no browser, or it did not print. The message says what to do."""


def find_browser() -> str:
    """The path of a Chromium browser.

    Raises:
        BrowserError: none is found.
    """
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise BrowserError(
        "a PDF is printed by Chromium or Chrome, and none is on this machine. Install one "
        "(Debian and Ubuntu: apt install chromium), or open the page in any browser and print it to a file."
    )


def print_pdf(page: Path, out: Path) -> None:
    """Print a page to a new file.

    Raises:
        BrowserError: there is no browser, or it fails.
        FileExistsError: the file exists.
    """
    browser = find_browser()
    if out.exists():
        raise FileExistsError(f"{out} exists")
    with tempfile.TemporaryDirectory(prefix="rout-", ignore_cleanup_errors=True) as folder:
        made = Path(folder) / "page.pdf"
        # Chromium refuses to sandbox itself for root, as in a container.
        root = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
        command = (
            browser, "--headless", "--disable-gpu", "--no-first-run", *OFFLINE, *root,
            f"--user-data-dir={folder}/profile", "--virtual-time-budget=10000",
            "--no-pdf-header-footer", f"--print-to-pdf={made}", page.resolve().as_uri(),
        )  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BrowserError(f"{browser} did not print the page: {error}") from error
        if not made.is_file():
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise BrowserError(f"{browser} did not print the page: {last}")
        write_bytes(out, made.read_bytes())
