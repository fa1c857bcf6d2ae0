"""Clients that are no dependency of ours, in a virtual environment that lasts as long as the benchmark."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

NAMES = ("httpx", "aiohttp")
_SECONDS = 300  # a slow network included


def installed(folder: Path) -> tuple[str, str]:
    """(its Python, ""), or ("", why it is not there)."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    line = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *NAMES]
    try:
        ended = subprocess.run(line, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return "", f"pip took longer than {_SECONDS} s"
    return ("", ended.stderr.strip().splitlines()[-1][:200]) if ended.returncode else (python, "")
