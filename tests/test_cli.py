"""The command line as a person meets it: output, exit codes and files; real processes where that matters."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import resource
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from sim.cli.app import app
from sim.cli.guard import FAULT, _explain, command
from sim.scenario.resolved import Resolved

ROOT = Path(__file__).parent.parent
ROUT = (sys.executable, "-m", "sim.cli")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "COLUMNS": "80"}
ESCAPE = "\x1b"
CASE = "my_case"


class Done(NamedTuple):
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


def rout(*words: str, cwd: Path) -> Done:
    """A command in this process, for speed: the same way in, without the imports."""
    out, err = io.StringIO(), io.StringIO()
    with chdir(cwd), redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["rout", *words])
        patch.setenv("COLUMNS", "80")
        with pytest.raises(SystemExit) as stop:
            command()
    return Done(int(stop.value.code or 0), out.getvalue(), err.getvalue())


def process(*words: str, cwd: Path, **more: str) -> Done:
    """A command in a process of its own. `more`: environment."""
    done = subprocess.run(
        [*ROUT, *words],
        cwd=cwd,
        env=ENVIRONMENT | more,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def refused(done: Done) -> str:
    """What a refusal says, after checking that it is one: exit code 2, a message, no traceback."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
    return done.stderr


def tree(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): p.stat().st_mtime_ns for p in sorted(folder.rglob("*"))}


def outcomes(result: Path) -> pd.DataFrame:
    shards = sorted((result / "outcomes").glob("*.parquet"))
    return pd.concat([pd.read_parquet(shard) for shard in shards]).sort_values("run", ignore_index=True)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scenario that `rout new` wrote. Tests add to it, and change nothing."""
    folder = tmp_path_factory.mktemp("desk")
    done = rout("new", CASE, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def ran(desk: Path) -> Done:
    """A small finished run; its result lies in desk/out."""
    return rout("run", CASE, "--runs", "40", "--seed", "7", "--days", "11", "--out", "out", cwd=desk)


@pytest.fixture(scope="module")
def result(desk: Path, ran: Done) -> Path:
    assert ran.returncode == 0, ran.stderr
    return desk / "out"


def test_rout_alone_says_what_to_do_next(tmp_path: Path) -> None:
    done = process(cwd=tmp_path)
    assert done.returncode == 0
    offered = set(re.findall(r"^  rout (\w+) ", done.stdout, flags=re.MULTILINE))
    assert offered > {"run", "show", "new", "check", "cases", "compare", "attribute", "tipping", "sweep", "results"}
    assert offered <= {command.name or command.callback.__name__ for command in app.registered_commands}
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert rout("--version", cwd=tmp_path).stdout.startswith("rout ")


# new, check, cases, schema


def test_new_never_overwrites(desk: Path) -> None:
    before = tree(desk)
    assert "exists" in refused(rout("new", CASE, cwd=desk))
    assert tree(desk) == before


def test_check_counts_what_is_there(desk: Path) -> None:
    done = rout("check", CASE, cwd=desk)
    assert done.returncode == 0
    assert done.stdout.startswith(f"OK: {CASE}: ")
    told = json.loads(rout("check", CASE, "--json", cwd=desk).stdout)
    assert told["ok"] is True
    assert f"{told['counts']['units']} units" in done.stdout


def test_check_names_every_problem_at_once(desk: Path) -> None:
    wrong = [
        "check",
        CASE,
        "--set",
        "capitol=X",
        "--set",
        "parameter.exit_rat=1",
        "--without",
        "nothing_such",
    ]
    message = refused(rout(*wrong, cwd=desk))
    assert len(message.splitlines()) == 4  # three problems and how many there are
    assert "'capital'" in message
    assert "'exit_rate'" in message
    assert "nothing_such" in message
    assert "3 problems" in message

    done = rout(*wrong, "--json", cwd=desk)
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert told["ok"] is False
    assert {problem["nearest"] for problem in told["problems"]} >= {"capital", "exit_rate"}


def test_cases_lists_good_and_broken(desk: Path, tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    shutil.copy(desk / f"{CASE}.toml", tmp_path / "cases")
    (tmp_path / "cases" / "broken.toml").write_text("name = 1\n")
    done = rout("cases", "cases", cwd=tmp_path)
    assert done.returncode == 0
    assert CASE in done.stdout
    assert "rout check cases/broken.toml" in " ".join(done.stdout.split())
    assert "not a folder" in refused(rout("cases", "nowhere", cwd=tmp_path))

    told = json.loads(rout("cases", "cases", "--json", cwd=tmp_path).stdout)["cases"]
    assert [(case["name"], case["path"], case["places"] > 0) for case in told] == [
        ("broken", "cases/broken.toml", False),
        (CASE, f"cases/{CASE}.toml", True),
    ]
    assert told[1]["units"] == json.loads(rout("check", CASE, "--json", cwd=desk).stdout)["counts"]["units"]


def test_schema_is_json(tmp_path: Path) -> None:
    assert "properties" in json.loads(rout("schema", cwd=tmp_path).stdout)


# show

TOPICS = ("order-of-battle", "axes", "triggers", "graph", "parameters", "sources")


@pytest.mark.parametrize("topic", [None, *TOPICS])
def test_show_fits_80_columns_and_cuts_nothing(desk: Path, topic: str | None, syria_2024: Resolved) -> None:
    done = rout("show", str(ROOT / "scenarios" / "syria_2024"), *([topic] if topic else []), cwd=desk)
    assert done.returncode == 0, done.stderr
    assert ESCAPE not in done.stdout
    assert "…" not in done.stdout
    assert [line for line in done.stdout.splitlines() if len(line) > 80 and "://" not in line] == []
    ids = {
        "order-of-battle": lambda: [u.id for u in syria_2024.units] + [u.place for u in syria_2024.units],
        "axes": lambda: [a.id for a in syria_2024.axes] + [way[-1] for a in syria_2024.axes for _, way in a.routes],
        "triggers": lambda: [t.id for t in syria_2024.triggers],
        "graph": lambda: [p.id for p in syria_2024.places],
        "parameters": lambda: list(syria_2024.parameters),
        "sources": lambda: list(syria_2024.sources),
        None: lambda: [syria_2024.name],
    }[topic]()
    assert ids
    assert [name for name in ids if name not in done.stdout] == []


def test_show_tells_what_advances_and_what_flies() -> None:
    told = rout("show", "syria_2024", "axes", cwd=ROOT).stdout
    assert "western_aleppo Western Aleppo axis\n    opposition (attacker), assault, from 27 Nov 06:00\n" in told
    assert "15% from W_ALEPPO_CS by ALEPPO to NAYRAB" in told
    assert "1,000–4,000 men, quality 0.9" in told
    assert "Nobody advances" in rout("show", "teaching_thresholds", "axes", cwd=ROOT).stdout
    assert "(by air)" in rout("show", "teaching_supply", "graph", cwd=ROOT).stdout


def test_show_follows_changes(desk: Path) -> None:
    first = json.loads(rout("show", CASE, "triggers", "--json", cwd=desk).stdout)["triggers"][0]["id"]
    assert "switched off" not in rout("show", CASE, "triggers", cwd=desk).stdout
    assert "switched off" in rout("show", CASE, "triggers", "--without", first, cwd=desk).stdout


# run


def test_run_tells_the_summary(ran: Done, result: Path) -> None:
    text = ran.stdout
    for told in ("by day", "Median time to collapse", "not a forecast", "rout plot out"):
        assert told in text
    assert ESCAPE not in text + ran.stderr
    assert max(len(line) for line in text.splitlines() if "rout run" not in line) <= 80
    assert len(outcomes(result)) == 40


def test_run_writes_every_figure(result: Path) -> None:
    from sim.figures import FIGURES

    assert {p.stem for p in (result / "figures").glob("*.png")} == set(FIGURES)


def test_the_command_it_prints_gives_the_same_runs(desk: Path, ran: Done, result: Path) -> None:
    (again,) = re.findall(r"^Again +rout (.*)$", ran.stdout, flags=re.MULTILINE)
    done = rout(*shlex.split(again), "--no-figures", "--out", "again", cwd=desk)
    assert done.returncode == 0, done.stderr
    pd.testing.assert_frame_equal(outcomes(desk / "again"), outcomes(result))


def test_json_is_one_object_and_nothing_else(desk: Path) -> None:
    words = ["--runs", "12", "--days", "2", "--json", "--quiet", "--no-figures", "--out", "pure"]
    done = process("run", CASE, *words, cwd=desk)
    assert done.stderr == ""
    told = json.loads(done.stdout)
    assert told["runs"] == 12
    assert json.loads((desk / "pure" / "summary.json").read_text()) == told
    assert not (desk / "pure" / "figures").exists()


def test_a_folder_that_exists_is_never_touched(desk: Path, result: Path) -> None:
    before = tree(desk)
    assert "exists" in refused(rout("run", CASE, "--runs", "8", "--out", "out", cwd=desk))
    assert tree(desk) == before


def test_the_default_folder_is_always_a_new_one(desk: Path) -> None:
    for taken in ("", "-2"):
        (desk / "results" / f"{CASE}-8-seed1{taken}").mkdir(parents=True)
    done = rout("run", CASE, "--runs", "8", "--days", "1", "--no-figures", cwd=desk)
    assert f"results/{CASE}-8-seed1-3\n" in done.stdout
    assert len(outcomes(desk / "results" / f"{CASE}-8-seed1-3")) == 8


def test_a_calm_coarse_run_warns_and_reaches_no_median(desk: Path) -> None:
    calm = ["--set", "waver_rate=0", "--set", "advance_speed=0", "--days", "8", "--dt", "6"]
    done = rout("run", CASE, "--runs", "8", *calm, "--no-figures", "--out", "calm", cwd=desk)
    assert "Steps of 6 h" in done.stderr
    assert "Median time to collapse: not reached within 8 days" in done.stdout
    days = re.findall(r"^ *(\d+) +[\d.]+%", done.stdout, flags=re.MULTILINE)
    assert days == ["5", "8"]  # 11 and 30 are beyond the horizon, 8 is the last day


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "nowhere"], "nowhere"),
        (["run", CASE, "--runs", "0"], "'--runs': must be at least 1, not '0'"),
        (["run", CASE, "--runs", "many"], "'--runs': must be a whole number, not 'many'"),
        (["run", CASE, "--seed", f"{2**64}"], f"'--seed': must be at most {2**64 - 1}, not"),
        (["run", CASE, "--workers", "0"], "--workers"),
        (["run", CASE, "--days", "-1"], "days"),
        (["run", CASE, "--days", "x"], "'--days': must be a number, not 'x'"),
        (["run", CASE, "--days", "nan"], "days"),
        (["run", CASE, "--dt", "0"], "--dt: must be above 0, not 0; it is in hours"),
        (["run", CASE, "--dt", "25"], "--dt: must be at most 24"),
        (["run", "."], "holds no scenario.toml; rout cases lists scenarios"),
        (["run", str(ROOT / "scenarios")], "holds no scenario.toml; name one that it holds: "),
        (["run", str(ROOT / "scenarios/syria_2024/units.csv")], f"name its folder, {ROOT}/scenarios/syria_2024"),
        (["run", str(ROOT / "README.md")], "or a file that ends in .toml"),
        (["run", CASE, "--set", "trigger.general_shot.probability=30%"], "not '30%'; 30 % is 0.3"),
        (
            ["run", CASE, "--without", "general_shot", "--account", "general_shot=betrayal"],
            "no effect beside --without",
        ),
        (["run", CASE, "--out", f"{CASE}.toml/out"], f"{CASE}.toml is a file, so nothing can lie in it"),
        (["attribute", CASE, "--trigger", "nosuch"], "rout show SCENARIO triggers lists them"),
        (["calibrate", "nostudy"], "joint.toml"),
        (["results", f"{CASE}.toml"], f"{CASE}.toml: is a file; name the folder"),
        (["merge", "whole", "a", "b"], "a: no such folder; rout results lists"),
        (["plot", f"{CASE}.toml"], f"{CASE}.toml: is a file, not a result folder"),
        (["run", CASE, "--dt", "1.7", "--days", "3"], "whole number of steps"),
        (["run", CASE, "--set", "days"], "NAME=VALUE"),
        (["run", CASE, "--set", "days=2", "--days", "3"], "--set"),
        (["run", CASE, "--set", "days=2", "--set", "days=3"], "given twice"),
        (["run", CASE, "--account", "nothing=such"], "nothing"),
        (["run", CASE, "--out", "/dev/null/x"], "/dev/null"),
        (["run", CASE, "--bogus"], "--bogus"),
        (["run", CASE, "--out", "caf\udce9"], "caf\\xe9 is not valid UTF-8"),
        (["run", CASE, "--set", "start=5"], "What can be set: days"),
        (["show", CASE, "everything"], "'TOPIC': 'everything' is not one of 'order-of-battle'"),
        (["plot", "nowhere"], "nowhere"),
        (["plot", ".", "--format", "gif"], "'--format': 'gif' is not one of 'png', 'svg', 'pdf'"),
        (["plot", "."], "not a result folder (resolved.json is missing); "),
        (["rnu"], "run"),
    ],
)
def test_bad_input_is_refused_and_writes_nothing(desk: Path, words: list[str], told: str) -> None:
    before = tree(desk)
    assert told in refused(rout(*words, cwd=desk))
    assert tree(desk) == before


def test_a_full_disk_is_one_message(desk: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, limits[1]))
    try:
        done = rout("run", CASE, "--runs", "8", "--days", "1", "--no-figures", "--out", "full", cwd=desk)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "cannot" in refused(done)


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_complete(desk: Path) -> None:
    words = ["run", CASE, "--runs", "1000000", "--kernel", "numpy", "--workers", "1", "--out", "stopped"]
    process = subprocess.Popen(
        [*ROUT, *words],
        cwd=desk,
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts what runs in its background with SIGINT ignored, and so its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
    )
    deadline = time.monotonic() + 60
    while not list((desk / "stopped").glob("outcomes/*.parquet")):
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in message
    (kept,) = re.findall(r"Stopped\. ([\d,]+) of 1,000,000 runs are complete and kept in stopped/outcomes\.", message)
    assert len(outcomes(desk / "stopped")) == int(kept.replace(",", "")) > 0


# plot


def test_plot_draws_one_figure(desk: Path, result: Path) -> None:
    words = ["plot", "out", "--figure", "falls", "--format", "svg", "--out", "drawn"]
    done = rout(*words, cwd=desk)
    assert done.stdout == "drawn/falls.svg\n"
    assert "<svg" in (desk / "drawn" / "falls.svg").read_text()
    assert "not overwritten" in refused(rout(*words, cwd=desk))


def test_plot_knows_its_figures(desk: Path, result: Path) -> None:
    message = refused(rout("plot", "out", "--figure", "fall", cwd=desk))
    assert "Did you mean falls?" in message
    assert "--format" in refused(rout("plot", "out", "--format", "gif", cwd=desk))


@pytest.mark.parametrize("damaged", ["resolved.json", "provenance.json", "outcomes/shard-00000.parquet"])
def test_plot_refuses_a_damaged_result(result: Path, tmp_path: Path, damaged: str) -> None:
    shutil.copytree(result, tmp_path / "copy")
    (tmp_path / "copy" / damaged).write_text("{")
    assert "copy" in refused(rout("plot", "copy", cwd=tmp_path))


# what every command has in common


def terminal(*words: str, cwd: Path, **more: str) -> str:
    """What a command prints on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    environment = {k: v for k, v in ENVIRONMENT.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [*ROUT, *words],
        cwd=cwd,
        env=environment | {"TERM": "xterm-256color"} | more,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    text = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        text += part
    os.close(ours)
    assert process.wait(timeout=60) == 0
    return text.decode()


def test_colour_only_on_a_terminal_and_never_with_no_color(desk: Path) -> None:
    words = ["show", CASE, "parameters", "--set", "waver_rate=0.01"]
    colour = re.compile(ESCAPE + r"\[[\d;]*(3[0-7]|9[0-7]|38;)[\d;]*m")
    assert colour.search(terminal(*words, cwd=desk))
    assert not colour.search(terminal(*words, cwd=desk, NO_COLOR="1"))


def test_a_closed_pipe_is_no_error(desk: Path) -> None:
    command = shlex.join([*ROUT, "show", CASE, "parameters"])
    done = subprocess.run(f"{command} | head -1", shell=True, cwd=desk, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.stderr == ""


def test_a_narrow_character_set_is_no_error(desk: Path) -> None:
    done = process("show", CASE, "parameters", cwd=desk, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_a_fault_of_ours_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        _explain(ZeroDivisionError("division\nby zero"))
    assert stop.value.code == FAULT
    first, second = capsys.readouterr().err.splitlines()
    assert "ZeroDivisionError: division by zero" in first
    assert "ROUT_DEBUG=1" in second
