"""`rout calibrate`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import options
from sim.cli.guard import INTERRUPTED, RefusedError
from sim.cli.run import cores
from sim.cli.study import command

if TYPE_CHECKING:
    from rich.console import Console

    from calibration.checking import Checks
    from calibration.fit import Fit, Tell
    from calibration.study import Budget, Study


def calibrate(
    study: Annotated[
        str, typer.Argument(metavar="STUDY", help="A study's .toml file, e.g. calibration/studies/joint.toml.")
    ],
    check: Annotated[
        bool,
        typer.Option("--check", help="Also fit the study's null models and other mechanisms, and run every check."),
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="A minute's work, to see how it goes; nothing to be relied on.")
    ] = False,
    out: options.OutOption = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with one that was stopped.")] = False,
    workers: options.WorkersOption = None,
    kernel: options.KernelOption = "auto",
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Fit the model's parameters to the evidence of a study, and check the fit."""
    from calibration.study import STUDIES, read_study

    if not (Path(study).is_file() and study.endswith(".toml")):
        come = ", ".join(sorted(os.path.relpath(path) for path in STUDIES.glob("*.toml")))
        raise RefusedError(f"{study}: no file of a study. Name its .toml file; those that come with the model: {come}")
    asked = read_study(study)
    budget = asked.file.demo if demo else asked.file.budget
    folder = out or Path("results") / f"calibration-{asked.file.name}{'-demo' if demo else ''}"
    if folder.exists() and not resume:
        raise RefusedError(f"{folder} exists and is not overwritten. --resume goes on with it; --out names another.")
    again = command("calibrate", study, {"--check": check, "--demo": demo, "--out": out})
    fits, found = _work(asked, budget, folder, again, check=check, workers=workers, kernel=kernel, quiet=quiet)
    told = _told(asked, fits, found, folder)
    _keep(asked, fits, told, folder)
    if json:
        from sim.cli.text import print_json

        print_json(told)
        return
    _print(asked, fits, found, folder)


def _work(
    study: Study,
    budget: Budget,
    folder: Path,
    again: str,
    *,
    check: bool,
    workers: int | None,
    kernel: str,
    quiet: bool,
) -> tuple[dict[str, Fit], Checks | None]:
    """Fit and check; what was done is kept on Ctrl-C."""
    from calibration.checking import check as run_checks
    from calibration.checking import write
    from calibration.fit import fit
    from calibration.study import MODEL
    from sim.cli.output import console
    from sim.kernels.choice import choose

    say = console(error=True)
    variants = list(study.variants) if check else [MODEL]
    unit_steps = sum(
        len(case.units) * case.days * 24 / case.step_hours for case in study.cases.values()
    ) * budget.table * len(variants)  # fmt: skip
    chosen = choose(options.kernel(kernel), unit_steps, workers or cores())
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with _Told(quiet=quiet) as progress:
            fits = {
                name: fit(study, folder, budget, variant=name, kernel=chosen, workers=workers or cores(), resume=True,
                          tell=progress.part(name if len(variants) > 1 else ""), command=again)
                for name in variants
            }  # fmt: skip
            found = run_checks(study, fits, budget, progress.part("")) if check else None
    except KeyboardInterrupt:
        say.print(f"Stopped. What was simulated is kept in {folder}; --resume goes on with it.", soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None
    if found is not None:
        write(found, folder / "checks")
    return fits, found


class _Told:
    """Progress over the parts of a calibration, on stderr."""

    def __init__(self, *, quiet: bool) -> None:
        from sim.cli.progress import RunProgress

        self._bar = RunProgress(100, quiet=quiet, doing="calibrating", what="per cent")
        self._quiet, self._said = quiet, ""

    def __enter__(self) -> _Told:
        self._bar.__enter__()
        return self

    def __exit__(self, *what: Any) -> None:
        self._bar.__exit__(*what)

    def part(self, name: str) -> Tell:
        """Progress of one variant, or of the checks."""
        from sim.cli.output import console

        def tell(doing: str, share: float) -> None:
            words = f"{name}: {doing}" if name else doing
            if words != self._said and not self._quiet:
                self._said = words
                console(error=True).print(words, style="hint")
            self._bar(min(99, round(100 * share)), 100)

        return tell


def _told(study: Study, fits: dict[str, Fit], found: Checks | None, folder: Path) -> dict[str, Any]:
    """All of it as plain values."""
    from calibration.study import MODEL

    fit = fits[MODEL]
    return {
        "study": study.file.name,
        "folder": str(folder),
        "cases": sorted(study.cases),
        "fitted_rows": sum(row.use == "fit" for row in study.evidence),
        "held_out_rows": sum(row.use == "held_out" for row in study.evidence),
        "parameters": fit.posterior.summary().to_dict(orient="index"),
        "pairs": [{"a": a, "b": b, "correlation": r} for a, b, r in fit.posterior.pairs()],
        "sampler": {
            "simulations": len(fit.table.theta),
            "effective_draws": fit.posterior.ess,
            "tolerance": fit.posterior.provenance["tolerance"],
        },
        "checks": [row._asdict() for row in found.rows] if found else None,
    }


def _keep(study: Study, fits: dict[str, Fit], told: dict[str, Any], folder: Path) -> None:
    """The summary, and the posterior as a tree that ArviZ opens."""
    from calibration.datatree import write_netcdf
    from calibration.study import MODEL
    from sim.atomic import write_text
    from sim.cli.text import as_json

    fit = fits[MODEL]
    observed = dict(zip(fit.observation.names, fit.observation.observed.tolist(), strict=True))
    write_text(folder / "summary.json", as_json(told))
    path = folder / "posterior.nc"
    path.unlink(missing_ok=True)
    write_netcdf(fit.posterior.to_datatree(observed=observed), path)


def _print(study: Study, fits: dict[str, Fit], found: Checks | None, folder: Path) -> None:
    from calibration.study import MODEL
    from sim.cli.output import console, put, table

    out, fit = console(), fits[MODEL]
    out.print(f"{study.file.title}: {len(study.cases)} case{'s' * (len(study.cases) > 1)}, "
              f"{sum(r.use == 'fit' for r in study.evidence)} rows fitted, "
              f"{sum(r.use == 'held_out' for r in study.evidence)} held out", style="head")  # fmt: skip
    out.print(f"{len(fit.table.theta):,} simulations of each case, the nearest {len(fit.posterior.weights):,} kept and "
              f"adjusted by regression: {fit.posterior.ess:,.0f} effective draws")  # fmt: skip
    out.print()
    parameters = table("", ["parameter"], [], ["prior", "median", "5-95 %", "learned"])
    for span, (name, row) in zip(fit.posterior.prior.ranges, fit.posterior.summary().iterrows(), strict=True):
        parameters.add_row(
            str(name),
            f"{span.low:.3g}-{span.high:.3g}",
            f"{row['median']:.3g}",
            f"{row['low_90']:.3g}-{row['high_90']:.3g}",
            f"{max(row['contraction'], 0):.0%}",
        )
    put(out, parameters)
    out.print("learned: 1 - posterior variance / prior variance; near 0 the evidence says nothing", style="hint")
    if found is not None:
        out.print()
        _print_checks(out, found)
    out.print()
    out.print(f"Results      {folder}", soft_wrap=True)
    out.print(f"Draw from it rout run SCENARIO --posterior {folder / MODEL / 'posterior'}", soft_wrap=True)


def _print_checks(out: Console, found: Checks) -> None:
    from sim.cli.output import put, table

    rows = table("Checks", [], ["check", "what the value is"], ["value", ""])
    for row in found.rows:
        word = "" if row.fine is None else "fine" if row.fine else "NOT FINE"
        rows.add_row(row.check, row.reads, f"{row.value:.3g}", word)
    put(out, rows)
