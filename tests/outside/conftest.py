"""Other people's software that several of these tests need."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser, installed where this process may."""
    if (found := shutil.which("chromium")) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True, timeout=300)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "chromium"], check=True, timeout=600, stdout=subprocess.DEVNULL
        )
        found = shutil.which("chromium")
    if found is None:
        pytest.skip("no chromium here, and no right to install it")
    return found
