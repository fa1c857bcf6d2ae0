"""Small functions that were written in many modules exist only once."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import reznet_load
from reznet_load.core.settings.accounts import cookie_header, without_cookies
from reznet_load.core.units import six_digits, six_digits_or_none

PACKAGE = Path(reznet_load.__file__).resolve().parent
# What may be written in one module alone -> that module.
ONCE = {
    '"channels.txt"': "core/folder.py",
    '"; ".join(f"{name}={value}"': "core/settings/accounts.py",
    "float(value):.6g}": "core/units.py",
}


@pytest.mark.parametrize(("text", "place"), ONCE.items())
def test_each_small_function_exists_in_one_module_only(text: str, place: str) -> None:
    found = [str(p.relative_to(PACKAGE)) for p in PACKAGE.rglob("*.py") if text in p.read_text(encoding="utf-8")]
    assert found == [place]


def test_cookies_become_a_header_if_there_are_any() -> None:
    assert cookie_header({"a": "1", "b": "2"}) == "a=1; b=2"
    assert without_cookies({"X": "y", "Cookie": "a=1"}, {"b": "2"}) == ({"X": "y"}, {"a": "1", "b": "2"})
    assert cookie_header({}) == ""


def test_numbers_of_files_have_six_digits() -> None:
    assert six_digits(1234.56789) == 1234.57 and six_digits_or_none(0.000123456789) == 0.000123457
    assert [six_digits_or_none(one) for one in (None, math.nan, math.inf)] == [None, None, None]
