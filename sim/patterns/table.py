"""The thirteen patterns that a credible model shows, and within what each counts as held.

This is the only place where documented figures and ranges stand. They were written down before
the figures were measured; a range is not to be moved to fit a result.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

Interval = tuple[float, float]


@dataclass(frozen=True)
class Figure:
    """One number of a pattern."""

    name: str
    uom: str
    """Unit of measure: share, ratio, slope, 1/h, h or day."""
    documented: Interval | None
    """None where only the direction is documented."""
    held: Interval
    """The simulated figure counts as held from the one to the other, both included."""
    why: str
    """Why this range."""


@dataclass(frozen=True)
class Pattern:
    """What is documented, where, and by which figures it is judged."""

    id: str
    title: str
    documented: str
    source: str
    figures: tuple[Figure, ...] = ()
    not_simulated: str = ""
    """Why no scenario of ours can show it; such a pattern has no figures."""
    case: str = ""
    """Name of the only scenario that can be compared with it; any if empty."""


SYRIA = "syria_2024"

PATTERNS = (
    Pattern(
        id="reasons",
        title="Why forces break",
        documented="52 engagements, 1941–82: manoeuvre 64 % (envelopment 33, neighbours withdrew 13), no reserves "
        "12 %, casualties and equipment 10 %, supply 2 %",
        source="McQuie 1987, as reported at dupuyinstitute.dreamhosters.com/2017/06/23",
        figures=(
            Figure(
                "breaks with envelopment or comrades as the largest term",
                "share",
                (0.46, 0.64),
                (0.33, 0.76),
                "46 % are the two causes that the model has terms for, 64 % all manoeuvre; 52 engagements leave "
                "a 95 % interval that begins at 33 % for the one and ends at 76 % for the other",
            ),
            Figure(
                "breaks with casualties or supply as the largest term",
                "share",
                (0.12, 0.12),
                (0.0, 0.24),
                "upper end of the 95 % interval of 12 % of 52; no lower end: the pattern is that losses are seldom it",
            ),
        ),
    ),
    Pattern(
        id="casualties",
        title="Losses of those who lose are bounded",
        documented="about 90 % of losing defenders had lost at most about 40 %",
        source="Helmbold's breakpoints, as read in the literature: a bound, not a threshold",
        figures=(
            Figure(
                "units with at most 40 % lost when they leave",
                "share",
                (0.9, 0.9),
                (0.8, 1.0),
                "any share above the documented one agrees with a bound; ten points below it for the two 'about'",
            ),
        ),
    ),
    Pattern(
        id="attrition",
        title="Collapse without attrition",
        documented="a monitor's total to 8 December 2024: 380 dead of the government and its allies, 392 of the "
        "opposition",
        source="sources of the Syrian case",
        case=SYRIA,
        figures=(
            Figure(
                "killed and wounded, of the men of the host's side",
                "share",
                (0.003, 0.0095),
                (0.003, 0.05),
                "documented are the dead: 380 of 120,000 to 380 of 40,000. The model counts the wounded too, "
                "at most four for each of the dead",
            ),
            Figure(
                "attackers' losses to those of the host's side",
                "ratio",
                (1.03, 1.03),
                (0.5, 2.0),
                "392 to 380; such counts are good to a factor of two at best. Attackers may lose more",
            ),
        ),
    ),
    Pattern(
        id="contagion",
        title="Contagion among places",
        documented="Afghan provincial capitals, 6–15 August 2021, fallen by the end of each day: about 1, 2, 5, 6, 8, "
        "9, 12, 18, 25, 33 of 34; ln daily hazard = −3.63 + 5.83 (standard error 0.91) × share fallen",
        source="own fit to the days on which the capitals were reported lost",
        figures=(
            Figure(
                "the same slope over the places of this scenario, median of the runs (proxy: another war)",
                "slope",
                (5.83, 5.83),
                (4.05, 7.61),
                "95 % interval of the Afghan fit",
            ),
        ),
    ),
    Pattern(
        id="desertion",
        title="Desertion without a fight",
        documented="Afghan army, June 2011: about 3 % in the month, 4e-5/h; Union army: about 9 % over the whole war",
        source="often told; not checked against a source",
        figures=(
            Figure(
                "units that leave where no trigger, attack or rising happens",
                "1/h",
                (2.7e-6, 4.2e-5),
                (2.7e-6, 8.4e-5),
                "from the Union army's 9 % in four years to twice the Afghan month; men there, whole units here, "
                "since units do not shrink by desertion",
            ),
        ),
    ),
    Pattern(
        id="bombed",
        title="Bombed, little contact",
        documented="Iraqi army in Kuwait, 1991: about 1.5 % a day deserted",
        source="often told; not checked against a source",
        not_simulated="no scenario has a force bombed for weeks before contact, and the model has no bombing other "
        "than dated triggers",
    ),
    Pattern(
        id="offers",
        title="Offers of safety",
        documented="prisoners of 1991: 98 % had seen leaflets, 70 % said that they helped the decision",
        source="an evaluation after the war, by a sceptical source",
        not_simulated="what prisoners say of their reasons is no outcome of a run; the cases have local deals, none an "
        "offer that reaches most of a force",
    ),
    Pattern(
        id="partial",
        title="Partial collapse",
        documented="Iraq, June 2014: 60 of 243 battalions",
        source="often told; not checked against a source",
        not_simulated="the case of Iraq 2014 has the belt from Mosul to Baghdad, not the whole army whose battalions "
        "are counted, and the model was fitted to it before any range was written down",
    ),
    Pattern(
        id="retreat",
        title="Retreat is worse than battle",
        documented="II Corps, Vietnam, March 1975: about one in four of 25,000 reached the coast",
        source="often told; not checked against a source",
        figures=(
            Figure(
                "of the men who set out on a withdrawal, those who arrive (proxy: another war)",
                "share",
                (0.25, 0.25),
                (0.125, 0.5),
                "a single case, and one of the worst: a factor of two either way",
            ),
            Figure(
                "men lost on the road for each man lost in battle",
                "ratio",
                None,
                (1.0, inf),
                "only the direction is documented",
            ),
        ),
    ),
    Pattern(
        id="durations",
        title="How long a collapse takes",
        documented="Syria 2024: 11 days; Kabul 2021: 9 after the first provincial capital; Mosul 2014: 4; "
        "Yugoslavia 1941: 12",
        source="sources of the Syrian case; the others often told, not checked against a source",
        case=SYRIA,
        figures=(
            Figure(
                "days until the capital is lost, median of the runs",
                "day",
                (10.9, 11.0),
                (7.3, 16.5),
                "a factor of 1.5 either way: about the spread of the four documented durations around their middle",
            ),
        ),
    ),
    Pattern(
        id="control",
        title="Negative control: a rout that stopped",
        documented="Caporetto, 1917: about 300,000 prisoners and as many stragglers, and the line formed again with "
        "allied help",
        source="often told; not checked against a source",
        not_simulated="in no case does a routed force form a line again: at Samarra in 2014 another garrison held; and "
        "that case was simulated before any range was written down",
    ),
    Pattern(
        id="stand",
        title="A temporary stand",
        documented="Qamhana and Jabal Zayn al-Abidin held for 33–41 h by report times, two days in one account",
        source="sources of the Syrian case",
        case=SYRIA,
        figures=(
            Figure(
                "from the fall of TAYBAT_SURAN to that of QAMHANA_JZA, median of the runs (proxy: contact is not "
                "recorded)",
                "h",
                (34.0, 66.0),
                (34.0, 66.0),
                "the shortest and the longest time between the two documented windows of loss",
            ),
        ),
    ),
    Pattern(
        id="deals",
        title="Deals",
        documented="Daraa: safe passage to the capital for its officers, 6–7 December 2024",
        source="sources of the Syrian case",
        case=SYRIA,
        figures=(
            Figure(
                "runs in which the deal comes before the fall, of those in which Daraa falls",
                "share",
                None,
                (0.5, 1.0),
                "documented once: it should happen more often than not. Its condition and lag are an input",
            ),
            Figure(
                "days until Daraa falls, median of the runs",
                "day",
                (9.4, 9.7),
                (8.75, 10.75),
                "6 and 7 December",
            ),
        ),
    ),
)
