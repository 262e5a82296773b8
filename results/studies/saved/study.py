"""The table and the figure of this study, from the folder of its sweep.

python results/studies/saved/study.py results/study
"""

from __future__ import annotations

import sys
from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

HERE = Path(__file__).parent
GROUPS = ("ordered_withdrawals", "allies_leave", "airlift_denied", "leaders_killed", "risings", "refusals")
PLACES = {"ALEPPO": 84.0, "HAMA": 200.0, "HOMS": 261.0}
"""Hour by which each was lost by the record (outcomes.csv of the case, the later limit)."""
DAYS = 30
BY = {"the_documented_hour": ("o", "#0072B2"), f"day_{DAYS}": ("s", "#D55E00")}
"""The two questions that the figure shows, and how."""


def table(folder: Path) -> pd.DataFrame:
    """A row per place and set of groups that do not happen: shares of runs in which the place fell."""
    runs = pd.read_parquet(folder / "outcomes").merge(pd.read_parquet(folder / "points.parquet"), on="design_point")
    sets = [(), *((group,) for group in GROUPS), *combinations(GROUPS, 2), GROUPS]
    rows = []
    for missing in sets:
        chosen = runs
        for group in GROUPS:
            chosen = chosen[chosen[group] == (group not in missing)]
        for place, hour in PLACES.items():
            fall = chosen[f"fall_{place}"]
            rows.append({
                "place": place,
                "not_happening": " + ".join(missing) if len(missing) < len(GROUPS) else "all six",
                "fallen_by_the_documented_hour": round(float((fall <= hour).mean()), 3),
                f"fallen_by_day_{DAYS}": round(float(fall.notna().mean()), 3),
                "median_day": None if fall.isna().mean() > 0.5 else round(float(fall.fillna(1e9).median()) / 24, 1),
                "runs": len(fall),
            })  # fmt: skip
    return pd.DataFrame(rows)


def figure(rows: pd.DataFrame) -> plt.Figure:
    """Share of runs in which each place had fallen by the documented hour and at all, by what did not happen."""
    single = rows[~rows["not_happening"].str.contains(r" \+ ")]
    order = ["", *GROUPS, "all six"]
    names = ["everything happens", *(f"not: {group.replace('_', ' ')}" for group in GROUPS), "none of the six"]
    fig, axes = plt.subplots(1, 3, figsize=(8.5, 3.4), sharey=True, layout="constrained")
    for ax, place in zip(axes, PLACES, strict=True):
        of_place = single[single["place"] == place].set_index("not_happening").loc[order]
        for when, (marker, colour) in BY.items():
            shares = of_place[f"fallen_by_{when}"]
            ax.plot(shares, range(len(order)), marker, color=colour, label=f"by {when.replace('_', ' ')}")
        ax.set(title=place.title(), xlim=(-0.04, 1.04), xlabel="share of runs in which it fell")
        ax.grid(color="#E3E6E9")
    axes[0].set_yticks(range(len(order)), names)
    axes[0].invert_yaxis()
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    return fig


if __name__ == "__main__":
    result = table(Path(sys.argv[1]))
    result.to_csv(HERE / "table.csv", index=False)
    figure(result).savefig(HERE / "falls.png", dpi=150)
