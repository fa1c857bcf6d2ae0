"""What the embedded target reports once it is ready: its `--ready-file`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from reznet_load.core.errors import TargetError


@dataclass(frozen=True, slots=True)
class ReadyTarget:
    """Its addresses and its processes.

    url, database_url, redis_url       of the backend and its servers; the database as a role that may read statistics
    anthropic_base_url, openai_…       of the simulated providers
    dialect                            the generation it speaks
    pids                               its processes by part, `target` among them
    relay                              the port that cuts parts off and restores them; 0 without `--relay`
    options                            what it was started with, without its token
    """

    url: str
    database_url: str
    redis_url: str
    anthropic_base_url: str
    openai_base_url: str
    dialect: str
    pids: dict[str, int]
    relay: int
    options: dict[str, Any]

    def text(self) -> str:
        """The text of the file."""
        return json.dumps(asdict(self), indent=1) + "\n"


def read_ready(path: Path) -> ReadyTarget:
    """Read the file at `path`. Raises TargetError if it is not of this version."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return ReadyTarget(**{one.name: data[one.name] for one in fields(ReadyTarget)})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TargetError(f"{path}: not the ready file of an embedded target: {error}") from None
