"""The model's parameters: one row each, and the only place where a default is written.

`symbol` is the letter of docs/model.md. `role` says what may move it: "calibrate" and
"fixed" are the model's 26 free parameters (fixed ones keep their default in a
calibration); "structure" are constants of the equations, varied only to test a limit or
a sensitivity. A prior is (low, high): log-uniform for rates and times, uniform otherwise.
Sources: [M] standard reference, [S] a document, [P] computed on a prototype, [J] judgement.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

Role = Literal["calibrate", "fixed", "structure"]
Status = Literal["measured", "fitted", "assumed"]


@dataclass(frozen=True)
class Parameter:
    """One parameter of the model.

    Attributes:
        name: the word used in code, files and on the command line.
        symbol: its letter in the documentation.
        default: value in `uom`.
        prior: plausible (low, high).
        uom: unit of measure.
        lower, upper: hard bounds; a value outside is an error.
        role, status: see the module's docstring.
        reason: what it governs, and why this value; ends with the kind of source.
    """

    name: str
    symbol: str
    default: float
    prior: tuple[float, float]
    uom: str
    lower: float
    upper: float
    role: Role
    status: Status
    reason: str

    @property
    def by_ratio(self) -> bool:
        """Whether it is a rate, a time or a size, known by its order of magnitude: its prior is log-uniform."""
        return self.uom in _BY_RATIO


_BY_RATIO = frozenset({"1/h", "1/day", "h", "day", "km/day", "men", "units"})
_STATUS: dict[Role, Status] = {"calibrate": "fitted", "fixed": "assumed", "structure": "assumed"}
"""Defaults of what is calibrated are medians of the joint posterior (calibration/posteriors)."""


def _rate(name: str, symbol: str, default: float, prior: tuple[float, float], role: Role, reason: str) -> Parameter:
    return Parameter(name, symbol, default, prior, "1/h", 0.0, 10.0, role, _STATUS[role], reason)


def _effect(name: str, symbol: str, default: float, prior: tuple[float, float], role: Role, reason: str) -> Parameter:
    return Parameter(name, symbol, default, prior, "log hazard ratio", -20.0, 20.0, role, _STATUS[role], reason)


def _hours(name: str, symbol: str, default: float, prior: tuple[float, float], role: Role, reason: str) -> Parameter:
    return Parameter(name, symbol, default, prior, "h", 1e-3, 1e6, role, _STATUS[role], reason)


def _number(
    name: str,
    symbol: str,
    default: float,
    prior: tuple[float, float],
    uom: str,
    lower: float,
    upper: float,
    role: Role,
    reason: str,
) -> Parameter:
    return Parameter(name, symbol, default, prior, uom, lower, upper, role, _STATUS[role], reason)


def _score(name: str, default: float, reason: str) -> Parameter:
    return Parameter(
        name,
        "s",
        default,
        (default - 1.0, default + 1.0),
        "log odds",
        -1e3,
        1e3,
        "structure",
        "assumed",
        reason + " [J]",
    )


# One row a line: a table reads better than a column.
# fmt: off
# ruff: noqa: E501
FREE: tuple[Parameter, ...] = (
    _rate("waver_rate", "λ_w", 0.00067, (0.0003, 0.006), "calibrate", "holding to wavering at η = 0: the overall clock [J]"),
    _rate("exit_rate", "λ_x", 0.01, (0.005, 0.08), "calibrate", "wavering to exit at η = 2: the lag from doubt to leaving [J]"),
    _rate("rally_rate", "λ_r", 0.025, (0.005, 0.08), "fixed", "wavering back to holding at η = 0 [J]"),
    _effect("effect_pressure", "β_P", 2.6, (1, 4), "calibrate", "pressure of attackers: the front breaking [J]"),
    _effect("effect_envelopment", "β_F", 0.73, (0.3, 2.5), "calibrate", "share of neighbours lost; envelopment is behind 33 % of McQuie's breaks [S]"),
    _effect("effect_casualties", "β_C", 2.0, (0.5, 4), "fixed", "30 % losses; casualties are behind 10 % of McQuie's breaks [S]"),
    _effect("effect_supply", "β_S", 1.0, (0.3, 2), "fixed", "empty stocks: sieges; free it in long scenarios [J]"),
    _effect("effect_belief", "β_B", 1.4, (1, 6), "calibrate", "comrades seen leaving: contagion; the Afghan slope 5.8 is an upper bound [P]"),
    _effect("effect_leaderless", "β_K", 1.0, (0.2, 1.6), "calibrate", "loss of command [J]"),
    _effect("effect_allies", "β_A", 1.1, (0.3, 2), "calibrate", "trusted allies present and committed [J]"),
    _effect("effect_loyalty", "β_L", 2.0, (0.5, 3), "calibrate", "loyalty above one half; who defects (Lyall 2020) [M]"),
    _effect("effect_safety", "β_φ", 1.2, (0.3, 2), "calibrate", "a safe way out: surrender and defection against desertion [J]"),
    _effect("effect_way_out", "β_E", 0.56, (0, 1.5), "calibrate", "a safe way out seen makes leaving likelier: exits against stakes, the clearest difference between cases [J]"),
    _number("shock_size", "j", 1.7, (0.3, 2), "log hazard ratio", 0, 20, "calibrate", "size of a trigger's shock [J]"),
    _number("betrayal_ratio", "χ", 2.7, (1.2, 4), "-", 0, 100, "calibrate", "a betrayal's shock against an enemy kill's [J]"),
    _number("trust_rupture", "δ", 0.51, (0.1, 0.8), "-", 0, 20, "calibrate", "trust falls by exp(-δ) at a rupture of an alliance [J]"),
    _number("patron_threshold", "θ_c", 0.51, (0.3, 0.8), "share", -10, 10, "calibrate", "holding share at which a patron's commitment tips [J]"),
    _hours("patron_delay", "τ_c", 48, (12, 120), "fixed", "lag of a patron's commitment [J]"),
    _hours("information_delay", "τ_i", 8, (2, 24), "fixed", "lag from front to front; a quarter of it at one place [J]"),
    _number("advance_speed", "v", 30.0, (20, 80), "km/day", 0, 1000, "calibrate", "advance along roads at belief 0.8 [P]"),
    _number("advance_belief", "ψ", 3.8, (1, 6), "-", -50, 50, "fixed", "how belief speeds the advance [J]"),
    _hours("belief_decay", "τ_B", 78.0, (24, 96), "calibrate", "attackers' belief fades while defenders halt a column, and with it their pressure [J]"),
    _number("siege_share", "s_A", 0.013, (0.01, 0.2), "share", 0, 1, "calibrate", "share of a besieging or disheartened axis that presses at a time [J]"),
    _number("frailty_spread", "σ_z", 0.7, (0.3, 1.2), "log hazard ratio", 0, 10, "fixed", "spread between like units [J]"),
    _number("casualty_rate", "κ_c", 0.023, (0.01, 0.03), "1/day", 0, 1e3, "calibrate", "losses at full pressure; Dupuy's divisions lose 1-3 % a day [M]"),
    _rate("uprising_rate", "λ_u", 0.00031, (1e-4, 2e-3), "calibrate", "a rising behind the line while the nation holds [J]"),
)

_S: Role = "structure"
STRUCTURE: tuple[Parameter, ...] = (
    _number("hold_wavering", "H_w", 0.6, (0.4, 0.8), "share", 0, 1, _S, "what comrades see in a wavering unit; holding is 1, gone is 0 [J]"),
    _number("hold_withdrawing", "H_r", 0.5, (0.3, 0.7), "share", 0, 1, _S, "what comrades see in a withdrawing unit [J]"),
    _number("local_delay_share", "τ_loc/τ_i", 0.25, (0.1, 1), "-", 1e-6, 1e3, _S, "news at one place travels faster [J]"),
    _number("weight_local", "w_loc", 0.4, (0.2, 0.6), "-", 0, 1, _S, "belief: weight of comrades at the place [J]"),
    _number("weight_command", "w_cmd", 0.3, (0.1, 0.5), "-", 0, 1, _S, "belief: weight of the own formation [J]"),
    _number("weight_nation", "w_nat", 0.3, (0.1, 0.5), "-", 0, 1, _S, "belief: weight of the whole force [J]"),
    _number("patron_blend", "w_pat", 0.5, (0.2, 0.8), "share", 0, 1, _S, "share of the nation's weight that allied units give to their patron's other units [J]"),
    _number("effective_wavering", "e_w", 0.3, (0.1, 0.5), "share", 0, 1, _S, "share of its men that a wavering unit brings to a fight [J]"),
    _number("air_support_gain", "g_air", 0.5, (0.2, 1), "-", 0, 10, _S, "defenders' gain from a fully committed air patron [J]"),
    _number("pressure_softening", "k_P", 50, (20, 200), "men", 1e-6, 1e7, _S, "keeps pressure small where few attackers stand [J]"),
    _number("capture_ratio", "r_P", 0.15, (0.05, 0.3), "-", 0, 10, _S, "a place falls when defence is below this share of the attackers [J]"),
    _number("loss_attackers_power", "p", 1, (0, 1), "-", 0, 4, _S, "power of the attackers in the loss law [M]"),
    _number("loss_defenders_power", "q", 1, (0, 1), "-", 0, 4, _S, "power of the defenders in the loss law [M]"),
    _number("loss_total_power", "s", 1, (0, 1), "-", 0, 4, _S, "power of the total in the loss law [M]"),
    _number("supply_scale", "d_S", 1, (0.5, 2), "day", 1e-3, 1e3, _S, "stocks at which want is felt (by a factor e) [J]"),
    _number("casualty_scale", "C_0", 0.3, (0.2, 0.4), "share", 1e-3, 1, _S, "losses that weigh β_C; losing defenders rarely pass 40 % (Helmbold) [S]"),
    _number("effect_fatigue", "β_f", 0.5, (0, 1), "log hazard ratio", -20, 20, _S, "full fatigue [J]"),
    _hours("fatigue_rise", "τ_f+", 240, (120, 480), _S, "fatigue under full pressure [J]"),
    _hours("fatigue_rest", "τ_f-", 72, (24, 168), _S, "rest out of pressure [J]"),
    _hours("shock_decay", "τ_J", 72, (24, 168), _S, "memory of a shock [J]"),
    _hours("loyalty_delay", "τ_ℓ", 240, (120, 480), _S, "loyalty returns to where it started [J]"),
    _number("index_limit", "η_max", 8, (6, 10), "log hazard ratio", 0, 30, _S, "the quit index is kept within ± this [J]"),
    _number("exit_offset", "η_x", 2, (1, 3), "log hazard ratio", -20, 20, _S, "a wavering unit leaves at rate λ_x when η is this [J]"),
    _number("exposure_contact", "g_1", 1, (0.5, 1), "-", 0, 1e3, _S, "exposure in contact [J]"),
    _number("exposure_flanked", "g_2", 0.4, (0.2, 0.8), "-", 0, 1e3, _S, "exposure beside a lost place [J]"),
    _number("exposure_rear", "g_3", 0.15, (0.05, 0.4), "-", 0, 1e3, _S, "exposure in the rear [J]"),
    _number("contact_pressure", "P_0", 0.02, (0.01, 0.1), "share", 0, 1, _S, "pressure above which a unit is in contact [J]"),
    _number("withdrawal_share", "w_x", 0.5, (0.2, 0.8), "-", 0, 1e3, _S, "share of the exit rate at which withdrawing units disperse [J]"),
    _number("walk_speed", "v_w", 30, (20, 50), "km/day", 0, 1e3, _S, "withdrawal on foot and by mixed columns [J]"),
    _number("road_speed_cap", "v_max", 100, (60, 150), "km/day", 0, 1e4, _S, "ceiling of any column on the roads [J]"),
    _number("destroyed_below", "n_min", 0.1, (0.05, 0.2), "share", 0, 1, _S, "a unit below this share of its men is destroyed [J]"),
    _rate("rumour_broadcast", "ρ_0", 0.01, (0.003, 0.03), _S, "hears a rumour from outside (Bass p) [J]"),
    _rate("rumour_contact", "ρ_1", 0.05, (0.02, 0.1), _S, "hears it from those who have heard it (Bass q) [J]"),
    _number("patron_slope", "k_c", 8, (4, 12), "-", 0, 100, _S, "steepness of a patron's tipping [J]"),
    _number("commitment_floor", "c_min", 0.15, (0.05, 0.3), "share", 0, 1, _S, "below this a patron's contingents leave [J]"),
    _rate("contingent_leave_rate", "λ_p", 1 / 24, (1 / 72, 1 / 6), _S, "contingents of a patron that gave up leave within about a day [J]"),
    _number("allies_scale", "n_A", 2, (1, 4), "units", 1e-3, 1e3, _S, "allied units at a place that give full support [J]"),
    _number("weight_commitment", "w_c", 0.5, (0.2, 0.8), "-", 0, 10, _S, "support felt from a patron's commitment alone [J]"),
    _number("belief_start", "B_0", 0.5, (0.3, 0.7), "share", 0, 1, _S, "attackers' belief at the start [J]"),
    _number("belief_gain", "b_B", 0.25, (0.1, 0.4), "share", 0, 1, _S, "each place taken closes this share of the doubt [J]"),
    _hours("belief_grace", "t_B", 24, (12, 48), _S, "how long after a success belief does not fade [J]"),
    _number("belief_reference", "B_v", 0.8, (0.6, 0.9), "share", 0, 1, _S, "belief at which the advance goes at v [J]"),
    _number("garrison_share", "g_A", 0.1, (0, 0.3), "share", 0, 1, _S, "attackers left behind at each place taken [J]"),
    _number("captured_depot_gain", "g_D", 0.05, (0, 0.2), "-", 0, 10, _S, "quality gained by the captor of a depot or airfield [J]"),
    _number("closed_link_speed", "v_0", 0.25, (0, 1), "share", 0, 1, _S, "attackers' speed over a closed link: fords and repairs; the cut Rastan bridge did not stop them [S]"),
    _number("uprising_slope", "k_u", 6, (3, 9), "-", 0, 100, _S, "how a failing nation feeds risings [J]"),
    _score("score_withdraw", 0.5, "exit: withdraw in order"),
    _score("score_withdraw_leaderless", -1.5, "… without a commander"),
    _score("score_withdraw_command", -2.0, "… per share of the formation gone"),
    _score("score_withdraw_cut", -2.0, "… without a supply path"),
    _score("score_withdraw_elite", 1.0, "… elite units"),
    _score("score_disperse", 0.0, "exit: disperse"),
    _score("score_surrender", -1.5, "exit: surrender"),
    _score("score_surrender_enclosed", 1.5, "… with no way out"),
    _score("score_surrender_pressure", 1.0, "… under pressure"),
    _score("score_defect", -3.0, "exit: defect"),
    _score("score_defect_loyalty", 2.0, "… per loyalty below one half"),
    _score("score_mutiny", -4.0, "exit: mutiny"),
    _score("score_mutiny_loyalty", 3.0, "… per loyalty below one half"),
    _score("score_mutiny_trust", 2.0, "… per trust lost"),
)

# fmt: on
ALL: tuple[Parameter, ...] = FREE + STRUCTURE
BY_NAME: dict[str, Parameter] = {p.name: p for p in ALL}

Values: Any = namedtuple("Values", [p.name for p in ALL])  # type: ignore[misc]
"""A value for each parameter, as fields: floats, or vectors over runs."""


def values(given: dict[str, Any], dtype: DTypeLike) -> Any:
    """`Values` in this float type: defaults, overlaid by `given` (numbers or vectors over runs).

    Raises:
        KeyError: a name that is not a parameter.
    """
    import numpy as np  # here, since reading a scenario needs the table and no arrays

    for name in given:
        BY_NAME[name]
    cast = np.dtype(dtype).type
    merged = {p.name: given.get(p.name, p.default) for p in ALL}
    return Values(**{k: cast(v) if np.ndim(v) == 0 else np.asarray(v, dtype) for k, v in merged.items()})
