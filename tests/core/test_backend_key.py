"""The key of a backend: which variable holds it, what may be in it, and that it is shown nowhere."""

from __future__ import annotations

import pytest

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.backend_options import key_for, key_variable
from reznet_load.core.settings.settings import BACKEND_KEY, Settings, keys_in
from reznet_load.core.text.secrets import mask_text, remember
from reznet_load.dialects.every import OTHERS

KEY = "bk-0123456789-never-shown"


@pytest.mark.parametrize(
    ("dialect", "variable"),
    [("openai", "OPENAI_API_KEY"), ("openai-responses", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY"),
     ("ag-ui", BACKEND_KEY), ("ai-sdk", BACKEND_KEY), ("langgraph", BACKEND_KEY)],
)  # fmt: skip
def test_each_dialect_takes_its_key_from_one_variable(dialect: str, variable: str) -> None:
    assert key_variable(dialect) == variable
    assert key_for(dialect, {variable: KEY}) == KEY and key_for(dialect, {}) == ""


def test_the_key_of_a_backend_is_masked_and_sent_to_its_host_alone() -> None:
    """The headers that carry it are a dialect's, for questions to its host; every text that is written is masked."""
    settings = Settings(host="http://h", dialect="ag-ui", backend_key=KEY)
    assert KEY in settings.secrets() and keys_in({BACKEND_KEY: KEY}) == (KEY,)
    remember(*settings.secrets())
    assert KEY not in mask_text(f"Authorization: Bearer {KEY}", settings.secrets())
    assert all(KEY in str(one.access(KEY)) for one in OTHERS if "key" in one.needs)
    assert KEY not in str(settings.headers)  # which also go to probes of the deployment


def test_a_key_that_no_header_can_carry_is_refused_and_not_shown() -> None:
    for odd in ("gehe im", "gehe\nim", "gehéim"):
        with pytest.raises(ConfigError) as error:
            key_for("ag-ui", {BACKEND_KEY: odd})
        assert BACKEND_KEY in str(error.value) and odd not in str(error.value)
