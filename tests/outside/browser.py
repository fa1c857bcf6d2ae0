"""Chromium without a window: opens an address, and gives its document or its picture."""

from __future__ import annotations

import subprocess
import tempfile

_QUIET = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
          "--disable-sync", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")  # fmt: skip


def opened(chromium: str, address: str, *options: str, show: str = "--dump-dom") -> subprocess.CompletedProcess[str]:
    """Chromium opens `address`; its document when it is drawn (`show`: its picture), and what it logged."""
    with tempfile.TemporaryDirectory(prefix="reznet-load-") as home:
        command = [
            chromium,
            "--headless",
            "--no-sandbox",
            *_QUIET,
            f"--user-data-dir={home}",
            "--enable-logging=stderr",
        ]
        return subprocess.run(
            [*command, "--virtual-time-budget=3000", show, *options, address],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
