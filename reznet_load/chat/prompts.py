"""What agents are asked: questions from a text file, one a line; `@agent` in front names who is to answer."""

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
    """A question; `agent` without its `@`, None: any agent."""

    agent: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Prompts:
    """The questions of a run."""

    all: tuple[Prompt, ...]

    def pick(self, rng: random.Random) -> Prompt:
        """One of them."""
        return rng.choice(self.all)


class Addressing(Protocol):
    """What a dialect knows of its agents: which of them stream their replies, and how a question is written to one."""

    def streams(self, agent: str) -> bool:
        """Does the agent's reply come in pieces?"""

    def address(self, agent: str, text: str) -> str:
        """`text` as it is written to `agent`."""


def addressed(prompt: Prompt, agents: Sequence[str], rng: random.Random, dialect: Addressing) -> tuple[str | None, str]:
    """(agent, the question as it is written to it).

    The agent that `prompt` names, as the deployment names it in `agents`; else any that streams its replies.
    """
    named = [a for a in agents if prompt.agent and a.lstrip("@") == prompt.agent.lstrip("@")]
    streaming = [a for a in agents if dialect.streams(a)]
    agent = rng.choice(named or streaming or list(agents) or [prompt.agent])
    return agent, dialect.address(agent, prompt.text) if agent else prompt.text


def load(path: Path | None = None) -> Prompts:
    """Questions of `path`, or the shipped ones. Raises ConfigError naming the line and the right form."""
    source = path or _SHIPPED
    try:
        text = user_text(source)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"--prompts {source}: cannot be read ({error}); expected UTF-8 text, a question a line"
        ) from None
    return parse(text, str(source))


def parse(text: str, source: str) -> Prompts:
    """Questions of a text; `source` is where it is from. Raises ConfigError naming the line and the right form."""
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
                f"expected a question of at most {_MOST_CHARACTERS} characters, `@agent ` may lead"
            )
        found.append(Prompt(match["agent"], match["text"]))
    if not found:
        raise ConfigError(f"--prompts {source}: holds no question, expected one a line")
    return Prompts(tuple(found))
