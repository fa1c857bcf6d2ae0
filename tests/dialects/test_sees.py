"""What a dialect says that it reads of a reply is what its code makes events of."""

from __future__ import annotations

import inspect
import sys

import pytest

from reznet_load.dialects import openai
from reznet_load.dialects.common import REASONING, TOKENS, TOOLS, Backend
from reznet_load.dialects.every import OTHERS

EVENTS = {REASONING: ("Thinking(",), TOOLS: ("Tool(", ".tool("), TOKENS: ("Usage(",)}


@pytest.mark.parametrize("dialect", OTHERS, ids=lambda one: one.name)
def test_it_is_what_its_code_makes_events_of(dialect: Backend) -> None:
    """Open WebUI reads the words of OpenAI's API by that dialect."""
    code = inspect.getsource(sys.modules[type(dialect).__module__])
    code += inspect.getsource(openai) if "openai.CHAT.read" in code else ""
    assert dialect.sees == tuple(name for name, made in EVENTS.items() if any(one in code for one in made))
