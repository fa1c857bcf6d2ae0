"""Cuts off and restores a part of a deployment: by the embedded target's relays, or by commands of the user."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Mapping, Sequence
from typing import Protocol

from reznet_load.core.errors import ConfigError, ReznetLoadError
from reznet_load.core.phases.outages import PARTS
from reznet_load.core.text.secrets import mask_text

COMMAND_SECONDS = 60.0  # a container that ignores SIGTERM takes 10 s to stop


class Cutter(Protocol):
    """Cuts off and restores parts, which are keys of PARTS. `cut` and `give_back` raise ReznetLoadError if they fail."""

    def cut(self, part: str) -> None:
        """Cut `part` off."""

    def give_back(self, part: str) -> None:
        """Restore `part`."""

    def how(self, part: str) -> str:
        """The method in words, for the report."""


class RelayCutter:
    """Uses the relays of the embedded target, which listen for orders on `port` of this machine.

    hang   connections stay open without data; otherwise connections are reset and new ones refused
    """

    def __init__(self, port: int, hang: bool) -> None:
        self._port = port
        self._verb = "hang" if hang else "cut"

    def cut(self, part: str) -> None:
        """Cut `part` off at once."""
        self._tell(f"{self._verb} {part}")

    def give_back(self, part: str) -> None:
        """Restore `part` at once."""
        self._tell(f"give-back {part}")

    def how(self, part: str) -> str:
        """What the relay does, in words."""
        if self._verb == "hang":
            return "connections stayed open and no data came through"
        return "connections were reset, new ones refused"

    def _tell(self, line: str) -> None:
        try:
            with socket.create_connection(("127.0.0.1", self._port), 5) as relay:
                relay.sendall(line.encode() + b"\n")
                answer = relay.makefile("rb").readline()
        except OSError as error:
            raise ReznetLoadError(f"the target's relay does not answer ({error})") from None
        if answer != b"done\n":
            raise ReznetLoadError(f"the target's relay read {line!r} and answered {answer!r}")


class CommandCutter:
    """Runs the user's command for each part, in a shell.

    cuts, backs   part -> the command that cuts it off, and the command that restores it
    """

    def __init__(self, cuts: Mapping[str, str], backs: Mapping[str, str]) -> None:
        self._cuts = cuts
        self._backs = backs

    def cut(self, part: str) -> None:
        """Run the command that cuts `part` off, until the command ends."""
        run_command(self._cuts[part])

    def give_back(self, part: str) -> None:
        """Run the command that restores `part`, until the command ends."""
        run_command(self._backs[part])

    def how(self, part: str) -> str:
        """The command that cuts `part` off, with secrets masked."""
        return f"by `{mask_text(self._cuts[part])}`"


def run_command(command: str, seconds: float = COMMAND_SECONDS) -> None:
    """Run a command of the user. Raises ReznetLoadError with its output if it fails or takes longer than `seconds`."""
    try:
        done = subprocess.run(
            command, shell=True, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        raise ReznetLoadError(f"`{mask_text(command)}` did not end within {seconds:.0f} s") from None
    if done.returncode:
        said = mask_text((done.stderr or done.stdout).strip()[-300:])
        raise ReznetLoadError(f"`{mask_text(command)}` ended with {done.returncode}: {said or 'it printed nothing'}")


def parse_commands(items: Sequence[str], option: str) -> dict[str, str]:
    """Part -> command, from `items` of the form PART=COMMAND. Raises ConfigError that names `option`."""
    found: dict[str, str] = {}
    for item in items:
        part, _, command = item.partition("=")
        if part not in PARTS or not command.strip() or part in found:
            raise ConfigError(
                f"{option}: read {mask_text(item)!r}, expected PART=COMMAND once a part, like 'redis=docker stop redis'; "
                f"parts are {', '.join(PARTS)}"
            )
        found[part] = command.strip()
    return found
