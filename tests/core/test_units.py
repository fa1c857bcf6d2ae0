"""Parsing and formatting of durations, limits, values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.core.errors import ConfigError
from reznet_load.core.units import UNITS, format_duration, format_value, parse_duration, parse_limit, six_digits


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250ms", 0.25), ("4s", 4), ("1m30s", 90), ("2h", 7200), ("60", 60), ("0.5", 0.5), (" 1m 30s ", 90), ("1H", 3600)],
)
def test_common_forms_of_durations_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "fast", "4 parsecs", "-3", "-3s", "nan", "inf", "1m30", "s", "4s5"])
def test_an_invalid_duration_is_refused_with_place_text_and_form(text: str) -> None:
    with pytest.raises(ConfigError, match="--gap") as error:
        parse_duration(text, "--gap")
    assert repr(text) in str(error.value) and "1m30s" in str(error.value)


@given(st.integers(1, 900_000))
def test_a_written_duration_reads_back(milliseconds: int) -> None:
    seconds = milliseconds / 1000
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, rel=0.01, abs=0.51)


@pytest.mark.parametrize(
    ("text", "operator", "value", "unit"),
    [
        ("< 3 s", "<", 3000, "ms"),
        (">60 %", ">", 60, "%"),
        (">= 100 users", ">=", 100, "users"),
        ("<0.5ms", "<", 0.5, "ms"),
    ],
)
def test_limits_are_kept_in_the_base_of_their_unit(text: str, operator: str, value: float, unit: str) -> None:
    limit = parse_limit(text, "x")
    assert (limit.operator, limit.value, limit.unit) == (operator, value, unit)


@pytest.mark.parametrize("text", ["3 s", "< 3", "< three s", "= 3 s", "< 3 weeks", "", None, 3, "< -3 s"])
def test_an_invalid_limit_is_refused_with_block_text_and_form(text: object) -> None:
    with pytest.raises(ConfigError, match="block 4") as error:
        parse_limit(text, "nfr.toml: block 4: limit")
    assert repr(text) in str(error.value) and "< 3 s" in str(error.value)


def test_a_value_equal_to_the_limit_passes_only_if_the_operator_includes_it() -> None:
    assert not parse_limit("< 3 s", "x").holds(3000)
    assert parse_limit("<= 3 s", "x").holds(3000)
    assert not parse_limit("> 60 %", "x").holds(60)
    assert parse_limit(">= 100 users", "x").holds(100)


def test_a_value_is_written_the_same_before_and_after_it_is_stored() -> None:
    assert format_value(3601.4999, "ms") == format_value(six_digits(3601.4999), "ms")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "ms", "-"),
        (float("nan"), "ms", "-"),
        (0.123, "ms", "0.12 ms"),
        (12.34, "ms", "12.3 ms"),
        (2999.5, "ms", "3 000 ms"),
        (12345, "ms", "12.3 s"),
        (0.4, "%", "0.40 %"),
        (99.95, "%", "99.95 %"),
        (100, "%", "100.0 %"),
        (50, "users", "50 users"),
        (1, "users", "1 user"),
        (1.2, "keys", "1 key"),
        (0, "connections", "0 connections"),
        (1234567, "count", "1 234 567"),
    ],
)
def test_values_are_written_with_their_unit(value: float | None, unit: str, text: str) -> None:
    assert format_value(value, unit) == text


@given(st.sampled_from(sorted(UNITS)), st.floats(-1e9, 1e9))
def test_every_value_can_be_written(unit: str, value: float) -> None:
    assert "e+" not in format_value(value, unit)
