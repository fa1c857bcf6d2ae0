"""Facts about this machine and this checkout, for a run's record and its fingerprint; also a free port."""

from __future__ import annotations

import hashlib
import os
import platform
import socket
import subprocess
from pathlib import Path


def cpu_model() -> str:
    """The processor's name, as the kernel gives it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def environment() -> dict[str, str]:
    """Operating system, processor, cores and Python."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "os": f"{platform.system()} {platform.release()}",
        "cpu": cpu_model(),
        "cores": str(cores),
        "python": platform.python_version(),
    }


_NOT_REPORTS = ("--", ":(top)", ":(top,exclude)reports")


def commit(folder: Path) -> str:
    """Short commit of the checkout around `folder`, with `-dirty` if it has changes; "" outside of one.

    Changes in `reports/` do not count: each run writes its document and its line of the history there.
    """
    git = ["git", "-C", str(folder), "-c", "safe.directory=*"]
    try:
        head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, timeout=5)
        state = subprocess.run(
            [*git, "status", "--porcelain", "-uno", *_NOT_REPORTS], capture_output=True, text=True, timeout=5
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return head.stdout.strip() + ("-dirty" if state.stdout.strip() else "") if head.returncode == 0 else ""


def fingerprint(target: str, dialect: str, requirements: bytes, options: str = "", provider: str = "") -> str:
    """12 hex digits, a hash of what makes runs comparable.

    That is: target name, dialect, processor, cores, requirements; the `options` of the embedded target, because they
    change the backend; the `provider` and model behind the agents, if known.
    """
    facts = environment()
    parts = [target.encode(), dialect.encode(), facts["cpu"].encode(), facts["cores"].encode(), requirements]
    parts += [options.encode()] if options else []
    parts += [b"provider", provider.encode()] if provider else []
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def alive(pid: int) -> bool:
    """Does a process with that id exist on this machine, of any user?"""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def process_mark(pid: int) -> str:
    """`<boot>-<pid namespace>-<start>` of a process on this machine: unique, even if its number is used again.

    Without /proc it is `unknown`, which `same_machine` never accepts; `gone` if there is no such process.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip().replace("-", "")[:16]
        space = Path("/proc/self/ns/pid").stat().st_ino
        start = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "unknown" if not Path("/proc/self/ns/pid").exists() else "gone"
    return f"{boot}-{space}-{start}"


def same_machine(mark: str) -> bool:
    """Is `mark` of a process of this boot and this pid namespace, so that its pid is valid here?"""
    own = process_mark(os.getpid()).rpartition("-")[0]
    return "-" in own and mark.rpartition("-")[0] == own


def free_port() -> int:
    """A free TCP port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
