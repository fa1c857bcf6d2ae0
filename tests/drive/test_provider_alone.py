"""`reznet-load provider`: the provider simulator alone, for gateways."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reznet_load.cli import main
from reznet_load.core.settings.settings import Settings
from reznet_load.drive.try_one import Trial, ask
from tests.simulated_provider import provider


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with provider("--first-token", "20ms", "--gap", "2ms", "--shape", "constant") as url:
        yield url


@pytest.mark.parametrize("dialect", ["", "openai", "anthropic"])
def test_it_answers_in_the_words_of_both_providers(address: str, dialect: str) -> None:
    said: list[str] = []
    assert ask(Settings(host=address), Trial(dialect=dialect, model="any"), said.append) == 0, said
    assert said[-1].startswith("it works: ")


@pytest.mark.parametrize("words", [["--gap", "soon"], ["--port", "0"], ["--length", "0"], ["--host", ""]])
def test_invalid_provider_options_are_refused_before_serving(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["provider", *words]) == 2
    assert words[0] in capsys.readouterr().err
