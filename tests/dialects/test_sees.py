"""What a dialect says that it reads of a reply is what its code makes events of."""

from __future__ import annotations

import inspect
import sys

import pytest

from reznet_load.dialects import openai_events
from reznet_load.dialects.common import REASONING, TOKENS, TOOLS, Backend
from reznet_load.dialects.every import OTHERS

EVENTS = {REASONING: ("Thinking(",), TOOLS: ("Tool(", ".tool("), TOKENS: ("Usage(",)}


@pytest.mark.parametrize("dialect", OTHERS, ids=lambda one: one.name)
def test_it_is_what_its_code_makes_events_of(dialect: Backend) -> None:
    """OpenAI's events have a file of their own, and Open WebUI reads its replies by that dialect."""
    code = inspect.getsource(sys.modules[type(dialect).__module__])
    code += inspect.getsource(openai_events) if "openai" in code else ""
    assert dialect.sees == tuple(name for name, made in EVENTS.items() if any(one in code for one in made))
