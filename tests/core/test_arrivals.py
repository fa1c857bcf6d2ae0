"""The times of open arrivals."""

from __future__ import annotations

import itertools
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.arrivals import Arrivals, parse_rate


@pytest.mark.parametrize(("text", "rate"), [("20/s", 20.0), ("90/m", 1.5), (" 0.5 / s ", 0.5), ("", 0.0)])
def test_a_rate_is_read(text: str, rate: float) -> None:
    assert parse_rate(text, "--arrivals") == rate


@pytest.mark.parametrize("text", ["20", "0/s", "-1/s", "20/h", "s", "1e3/s", "99999/s"])
def test_an_invalid_rate_is_refused_with_the_option_and_the_right_form(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--arrivals: read .*like 20/s"):
        parse_rate(text, "--arrivals")


@given(st.floats(0.1, 1000), st.sampled_from([1.0, 0.5, 0.25]), st.integers(0, 99))
def test_constant_arrivals_come_every_period(rate: float, share: float, seed: int) -> None:
    found = list(itertools.islice(Arrivals(rate, "constant").starts(share, Random(seed)), 50))
    period = 1 / (rate * share)
    assert 0 <= found[0] <= period and np.diff(found) == pytest.approx(np.full(49, period))


def test_shares_of_poisson_arrivals_add_up_to_poisson_ones() -> None:
    shares = [itertools.islice(Arrivals(20.0).starts(0.25, Random(seed)), 5000) for seed in range(4)]
    gaps = np.diff(sorted(itertools.chain(*shares))[:18_000])
    assert gaps.mean() == pytest.approx(1 / 20, rel=0.03)
    assert gaps.std() / gaps.mean() == pytest.approx(1.0, abs=0.03)  # exponential gaps: that is Poisson
