"""The README and the pages of docs/, and what their command blocks say."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "rules").glob("*.md"))]
GENERATED = ("reference.md", "glossary.md")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def lines_of(path: Path) -> list[str]:
    """The commands of its `bash` blocks, and ours of its blocks without a language; without comments."""
    blocks = re.findall(r"^ *```(\w*)\n(.*?)^ *```", text_of(path), re.DOTALL | re.MULTILINE)
    return [
        line.partition("   #")[0].strip()
        for language, block in blocks
        for line in block.splitlines()
        if (language == "bash" and line.strip()) or (not language and line.startswith(("reznet-load ", "make ")))
    ]


def words_of(line: str) -> tuple[dict[str, str], list[str]]:
    """The variables before a command, and its words."""
    words, environ = shlex.split(line), {}
    while re.match(r"[A-Z_]+=", words[0]):
        name, _, value = words.pop(0).partition("=")
        environ[name] = value
    return environ, words


def parsers() -> dict[str, argparse.ArgumentParser]:
    """The parser of each command of `reznet-load`, in the order of its help."""
    from reznet_load.cli import build_parser
    from reznet_load.target import processes, simulate

    (found,) = (action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction))
    return {**found.choices, "target": processes.build_parser(), "provider": simulate.build_parser()}


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
