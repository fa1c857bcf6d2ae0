"""The run of streams behind the accuracy benchmark: the sender that stamps its writes, and the real command against it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import trustme

from benchmarks.accuracy.runs import Known, Ran, lines, load, of_itself, steady_of
from reznet_load.core.profile import Phase
from reznet_load.core.run_files import read_info

STREAMS = 500
# Case -> options of the sender.
CASES: dict[str, list[str]] = {"single": [], "several": ["--bundle", "4"], "tls": ["--pem"]}
# A reply takes 5 s on average: who is to ask again sooner than that asks again at once, and each user is a stream.
_WORDS = ("--dialect", "openai", "--model", "any", "--think", "agent=0.5")
_RAMP_SECONDS = 10


def streamed(home: Path, case: str, streams: int, seconds: int) -> Ran:
    """One run of `streams` at once. `target` is empty: the sender's log is the wire's."""
    home.mkdir(parents=True)
    authority, pem = trustme.CA(), home / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(pem)
    authority.cert_pem.write_to_path(home / "ca.pem")
    tls = "--pem" in CASES[case]
    words = [*_WORDS, "--trace", str(home / "trace.jsonl"), *(["--ca", str(home / "ca.pem")] if tls else [])]
    with sending(home / "sent.jsonl", CASES[case] + ([str(pem)] if tls else [])) as port:
        address = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        folder = load(home, address, streams, seconds, *words, ramp=_RAMP_SECONDS)
    info = read_info(folder / "run.json")
    steady = steady_of(info)
    ours = {line["id"]: line for line in lines(home / "trace.jsonl") if steady.start <= line["start"] < steady.end}
    sent = list(lines(home / "sent.jsonl"))
    late = np.concatenate([1000 * np.array(reply["late"]) for reply in sent])
    print(f"  {_at_once(sent, steady):.0f} streams at once on average")
    return Ran(streams, case, ours, truth(sent), {}, late, *of_itself(folder, info, steady))


def _at_once(sent: list[dict[str, Any]], steady: Phase) -> float:
    """Streams that were open at a time, on average; those that the end of the run cut were open until then."""
    spans = ((max(one["asked"], steady.start), min(one["end"] or steady.end, steady.end)) for one in sent)
    return sum(max(0.0, end - begin) for begin, end in spans) / (steady.end - steady.start)


def truth(sent: list[dict[str, Any]]) -> Known:
    """Request id -> first, final in ms, gaps in ms, of replies that were sent whole."""
    found: Known = {}
    for one in sent:
        if one["end"] and one["text"]:
            moments = {"first": one["text"][0], "final": one["end"]}
            since = {name: 1000 * (at - one["asked"]) for name, at in moments.items()}
            found[one["id"]] = since | {"gaps": (1000 * np.diff(one["text"])).tolist()}
    return found


@contextmanager
def sending(log: Path, options: list[str]) -> Iterator[int]:
    """A sender; its port."""
    command = [sys.executable, "-m", "benchmarks.accuracy.sender", str(log), *options]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        yield int(child.stdout.readline())
    finally:
        child.communicate(timeout=30)
