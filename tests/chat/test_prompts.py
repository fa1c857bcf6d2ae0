"""Questions for agents: how a file of prompts is read, and which agent gets which question."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from reznet_load.chat.prompts import Prompt, addressed, load
from reznet_load.core.errors import ConfigError
from reznet_load.dialects.reznet import V1


def test_prompts_are_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("# mine\n\n@qa Why?\nAnybody there?\n")
    assert [(p.agent, p.text) for p in load(path).all] == [("qa", "Why?"), (None, "Anybody there?")]
    assert len(load().all) >= 15
    path.write_text("fine\n@qa\n")
    with pytest.raises(ConfigError, match="line 2"):
        load(path)
    path.write_text("# nothing\n")
    with pytest.raises(ConfigError, match="no question"):
        load(path)


class AskCommands:
    """A dialect whose agent `oracle` answers in one piece; a question to an agent begins with `/ask NAME:`."""

    def streams(self, agent: str) -> bool:
        return agent != "oracle"

    def address(self, agent: str, text: str) -> str:
        return f"/ask {agent}: {text}"


def test_the_dialect_says_which_agents_stream_and_how_they_are_addressed() -> None:
    asked = {addressed(Prompt(None, "hi"), ["oracle", "ada"], random.Random(n), AskCommands()) for n in range(20)}
    assert asked == {("ada", "/ask ada: hi")}
    assert addressed(Prompt("oracle", "hi"), ["oracle", "ada"], random.Random(1), AskCommands())[0] == "oracle"


def test_a_question_to_reznet_begins_with_its_agent_and_the_orchestrator_is_asked_only_by_name() -> None:
    agents = ["@orchestrator", "backend"]
    asked = {addressed(Prompt(None, "hi"), agents, random.Random(n), V1) for n in range(20)}
    assert asked == {("backend", "@backend hi")}
