"""The survival curve of the most copied trial in the subject: remission of leukaemia under 6-mercaptopurine.

Source: E. Freireich et al., Blood 21 (1963), 21 patients, weeks; Kaplan–Meier estimate with Greenwood's standard
error as in every textbook since. An exponential law fits 9 relapses in 359 weeks.
Tolerance: 5e-5, the rounding of the figures. Further properties of the measure are in tests/test_measures.py.
"""

from __future__ import annotations

import numpy as np
import pytest

from sim import measures
from tests.test_measures import RELAPSED, WEEKS

CURVE = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}


def check() -> None:
    curve = measures.survival(WEEKS, 40, RELAPSED)
    assert curve.hours.tolist() == [0, *CURVE]
    np.testing.assert_allclose(curve.survival[1:], list(CURVE.values()), atol=5e-5)
    np.testing.assert_allclose(curve.standard_error[[1, -1]], [0.0764, 0.1346], atol=5e-5)


def test_survival_is_the_published_curve() -> None:
    check()


def test_the_exponential_rate_is_9_relapses_in_359_weeks() -> None:
    curve = measures.survival(WEEKS, 40, RELAPSED)
    assert (curve.events.sum(), WEEKS.sum()) == (9, 359)
    assert curve.at_risk[0] == 21


def test_the_check_fails_where_censored_patients_count_as_relapsed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = measures.survival
    monkeypatch.setattr(measures, "survival", lambda times, horizon, _: right(times, horizon))
    with pytest.raises(AssertionError):
        check()
