"""Other people's software that several of these tests need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.browser import Tab, browser, installed


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser, installed where this process may."""
    found = installed()
    if found is None:
        pytest.skip("no chromium here, and no right to install it")
    return found


@pytest.fixture
def tab(chromium: str) -> Iterator[Tab]:
    """An empty page in a Chromium of its own."""
    with browser(chromium) as made:
        yield made
