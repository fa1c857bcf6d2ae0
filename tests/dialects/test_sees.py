"""`sees` of a dialect names exactly the events that the dialect's code makes."""

from __future__ import annotations

import inspect
import sys

import pytest

from reznet_load.dialects import openai_events
from reznet_load.dialects.common import REASONING, TOKENS, TOOLS, Backend
from reznet_load.dialects.every import OTHERS

EVENTS = {REASONING: ("Thinking(",), TOOLS: ("Tool(", ".tool("), TOKENS: ("Usage(",)}


@pytest.mark.parametrize("dialect", OTHERS, ids=lambda one: one.name)
def test_a_dialect_declares_the_events_that_its_code_makes(dialect: Backend) -> None:
    """The events of the OpenAI and Open WebUI dialects are made in `openai_events`."""
    code = inspect.getsource(sys.modules[type(dialect).__module__])
    code += inspect.getsource(openai_events) if "openai" in code else ""
    assert dialect.sees == tuple(name for name, made in EVENTS.items() if any(one in code for one in made))
