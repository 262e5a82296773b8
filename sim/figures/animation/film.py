"""A scene as a file: GIF by Pillow, MP4 by ffmpeg."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE, Popen

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from PIL import Image

from sim.atomic import write_whole
from sim.figures.animation.scene import Scene
from sim.figures.style import PALETTE, style

FRAME_SECONDS = 0.16
LAST_SECONDS = 2.4
"""How long the last frame stays."""
TINTS = 7
"""Of each colour of a GIF, on its way to white: what edges blur into."""
ALMOST_WHITE = 0.95
NO_FFMPEG = (
    "MP4 needs ffmpeg, which is not on this machine. Install it (Debian and Ubuntu: apt install ffmpeg; "
    "macOS: brew install ffmpeg; Windows: winget install ffmpeg), or name a .gif file."
)


class FilmError(ValueError):
    """A film that cannot be made. The message says what to do."""


def check_film(path: Path) -> None:
    """Raises a `FilmError` if no film can be written to a file of this name."""
    if path.suffix.lower() not in (".gif", ".mp4"):
        raise FilmError(f"{path}: an animation is a .gif or an .mp4 file.")
    if path.suffix.lower() == ".mp4" and shutil.which("ffmpeg") is None:
        raise FilmError(NO_FFMPEG)


def film(scene: Scene, path: Path, on_progress: Callable[[int, int], None] | None = None) -> Path:
    """Writes all frames of a scene; the name says whether as .gif or .mp4.

    Args:
        scene: what is seen.
        path: of the file; one that is there is replaced.
        on_progress: called with (frames done, frames).

    Raises:
        FilmError: it is neither, ffmpeg is missing, or it fails.
    """
    check_film(path)
    write = _gif if path.suffix.lower() == ".gif" else _mp4
    write_whole(path, lambda part: write(scene, _pictures(scene, on_progress), part))
    return path


def picture(scene: Scene, frame: int) -> Image.Image:
    """A frame in pixels."""
    canvas = FigureCanvasAgg(scene.show(frame))
    with style():
        canvas.draw()  # type: ignore[no-untyped-call]
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # type: ignore[no-untyped-call]


def _pictures(scene: Scene, on_progress: Callable[[int, int], None] | None) -> Iterator[Image.Image]:
    for frame in range(scene.frames):
        yield picture(scene, frame)
        if on_progress is not None:
            on_progress(frame + 1, scene.frames)


def _gif(scene: Scene, pictures: Iterator[Image.Image], path: Path) -> None:
    palette = _palette()
    frames = (each.quantize(palette=palette, dither=Image.Dither.NONE) for each in pictures)
    durations = [*[round(1000 * FRAME_SECONDS)] * (scene.frames - 1), round(1000 * LAST_SECONDS)]
    with path.open("wb") as file:  # left to Pillow, an interruption would leave it open
        next(frames).save(file, "GIF", save_all=True, append_images=frames, duration=durations, loop=0)


def _palette() -> Image.Image:
    """The colours that figures have, with their tints: the same in every frame, so that nothing flickers."""
    full = np.array([to_rgb(colour) for colour in PALETTE])[:, None]
    tints = 1 - (1 - full) * np.linspace(1, 0, TINTS, endpoint=False)[:, None]
    colours = tints.reshape(-1, 3)
    colours = np.vstack([colours[colours.min(axis=1) < ALMOST_WHITE], np.ones(3)])  # Pillow takes those for white
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.rint(255 * colours).astype(np.uint8).tobytes())
    return palette


def _mp4(scene: Scene, pictures: Iterator[Image.Image], path: Path) -> None:
    width, height = picture(scene, 0).size
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{1 / FRAME_SECONDS:g}", "-i", "-"]
    held = ["-vf", f"tpad=stop_mode=clone:stop_duration={LAST_SECONDS - FRAME_SECONDS:g}"]
    made = ["-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4", "-y", str(path)]
    with Popen(["ffmpeg", "-loglevel", "error", *raw, *held, *made], stdin=PIPE, stderr=PIPE) as ffmpeg:
        assert ffmpeg.stdin is not None
        assert ffmpeg.stderr is not None
        with suppress(BrokenPipeError):  # it says why
            for each in pictures:
                ffmpeg.stdin.write(each.tobytes())
            ffmpeg.stdin.close()
        said = ffmpeg.stderr.read().decode(errors="replace").strip()
    if ffmpeg.returncode:
        raise FilmError(f"ffmpeg could not write the film: {said.splitlines()[-1] if said else ffmpeg.returncode}")
