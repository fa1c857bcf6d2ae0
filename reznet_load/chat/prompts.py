"""The questions for agents: a text file with one question a line. A line may begin with the name of an agent: `@agent `."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reznet_load.core.errors import ConfigError
from reznet_load.core.text.text_files import user_text

_SHIPPED = Path(__file__).with_name("prompts.txt")
_LINE = re.compile(r"(?:@(?P<agent>[A-Za-z0-9_-]+)\s+)?(?P<text>\S.*)")
_MOST_CHARACTERS = 8_000


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question. `agent` is the name without `@`; None: any agent."""

    agent: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Prompts:
    """The questions of a run."""

    all: tuple[Prompt, ...]

    def pick(self, rng: random.Random) -> Prompt:
        """A random question."""
        return rng.choice(self.all)


class Addressing(Protocol):
    """The part of a dialect that concerns agents."""

    def streams(self, agent: str) -> bool:
        """Does the agent's reply come in pieces?"""

    def address(self, agent: str, text: str) -> str:
        """The question `text`, written so that `agent` answers it."""


def addressed(prompt: Prompt, agents: Sequence[str], rng: random.Random, dialect: Addressing) -> tuple[str | None, str]:
    """(name of the agent, the question as it is written to that agent); (None, the question) if there is no agent.

    The agent is the one that `prompt` names, if `agents` (the deployment's names) has it. Else the agent is a random one of
    those that stream their replies, of all `agents` if none streams, or the one that `prompt` names if `agents` is empty.
    """
    named = [a for a in agents if prompt.agent and a.lstrip("@") == prompt.agent.lstrip("@")]
    streaming = [a for a in agents if dialect.streams(a)]
    agent = rng.choice(named or streaming or list(agents) or [prompt.agent])
    return agent, dialect.address(agent, prompt.text) if agent else prompt.text


def load(path: Path | None = None) -> Prompts:
    """The questions in the file `path`; None: in the shipped file. Raises ConfigError with the line and the right form."""
    source = path or _SHIPPED
    try:
        text = user_text(source)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"--prompts {source}: cannot be read ({error}); expected UTF-8 text with one question a line"
        ) from None
    return parse(text, str(source))


def parse(text: str, source: str) -> Prompts:
    """The questions in `text`; `source` names the file in errors. Raises ConfigError with the line and the right form."""
    lines = text.split("\n")
    found: list[Prompt] = []
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None or len(line) > _MOST_CHARACTERS or match["text"].startswith("@"):
            raise ConfigError(
                f"--prompts {source}, line {number}: read {line[:40]!r}, "
                f"expected a question of at most {_MOST_CHARACTERS} characters, which may begin with `@agent `"
            )
        found.append(Prompt(match["agent"], match["text"]))
    if not found:
        raise ConfigError(f"--prompts {source}: has no question; expected one question a line")
    return Prompts(tuple(found))
