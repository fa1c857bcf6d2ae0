"""The kind of a failure is a value: every written text is read back as its kind, in one module."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import reznet_load
from reznet_load.chat.failure import Failure, cause_of
from reznet_load.core.failed import failure_kinds
from reznet_load.core.failed.failure_kinds import CONNECTION, EXPLICIT, TIMED_OUT, FailureKind, kind_of

PACKAGE = Path(reznet_load.__file__).resolve().parent


@pytest.mark.parametrize("failure", list(Failure))
def test_each_way_in_which_a_turn_fails_is_a_kind_of_its_own(failure: Failure) -> None:
    text = f"{failure}: {failure.message}"
    assert kind_of(text).word == str(failure)
    assert kind_of(f"{text} (disconnect)") is kind_of(text)


@pytest.mark.parametrize(
    ("said", "kind"), [("rate_limit_error", FailureKind.RATE_LIMITED), ("529", FailureKind.OVERLOADED)]
)
def test_a_cause_named_by_the_backend_decides_the_kind(said: str, kind: FailureKind) -> None:
    failure = Failure.ERROR_IN_STREAM
    assert kind_of(f"{failure}: {failure.message} ({cause_of(said)})") is kind


@pytest.mark.parametrize(
    ("text", "kind", "how"),
    [
        (failure_kinds.http(429), FailureKind.RATE_LIMITED, EXPLICIT),
        (failure_kinds.http(503), FailureKind.OVERLOADED, EXPLICIT),
        (failure_kinds.http(500), FailureKind.SERVER_ERROR, EXPLICIT),
        (failure_kinds.http(404), FailureKind.CLIENT_ERROR, EXPLICIT),
        (failure_kinds.within("no echo", 5), FailureKind.NO_ECHO, TIMED_OUT),
        (failure_kinds.within("no pong", 2.5), FailureKind.TIME_OUT, TIMED_OUT),
        (failure_kinds.of_exception(TimeoutError()), FailureKind.TIME_OUT, TIMED_OUT),
        (failure_kinds.of_exception(ConnectionRefusedError()), FailureKind.REFUSED, CONNECTION),
        (failure_kinds.of_exception(ConnectionResetError()), FailureKind.LOST, CONNECTION),
        ("handshake time-out: no Socket.IO connect within 5 s", FailureKind.TIME_OUT, TIMED_OUT),
        ("upgrade: [Errno 111] Connection refused", FailureKind.REFUSED, CONNECTION),
        ("disconnected: the server closed the connection", FailureKind.LOST, CONNECTION),
        ("rate limited (429)", FailureKind.RATE_LIMITED, EXPLICIT),
        ("overloaded (529)", FailureKind.OVERLOADED, EXPLICIT),
        ("error in stream", FailureKind.ERROR_IN_STREAM, EXPLICIT),
        ("OSError: [Errno 24] Too many open files", FailureKind.OWN, EXPLICIT),
        ("time-out-of-memory", FailureKind.TIME_OUT, TIMED_OUT),
        ("errors everywhere", FailureKind.OTHER, EXPLICIT),
        ("not JSON", FailureKind.OTHER, EXPLICIT),
        ("", FailureKind.OTHER, EXPLICIT),
    ],
)
def test_each_failure_text_is_read_back_as_its_kind(text: str, kind: FailureKind, how: str) -> None:
    assert (kind_of(text), kind_of(text).how) == (kind, how)


def test_no_other_module_parses_failure_texts() -> None:
    """`text.startswith("time-out")`, `"429" in text`: the words of kinds stand where they are made, and are compared nowhere."""
    plain = {"error", "other", "busy", "disconnected"}  # also words of events, JSON fields and sockets
    words = {kind.word for kind in FailureKind} - plain | {
        "429",
        "529",
        "HTTP ",
        "(rate limited)",
        "(overloaded)",
        "busy:",
    }
    found = []
    for path in PACKAGE.rglob("*.py"):
        if path.name == "failure_kinds.py" or "dialects" in path.parts:  # what a backend says is the dialect's to read
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            sides: list[ast.expr] = []
            if isinstance(node, ast.Compare) and any(isinstance(op, ast.In | ast.NotIn | ast.Eq) for op in node.ops):
                sides = [node.left, *node.comparators]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "startswith":
                sides = list(node.args)
            texts = [one.value for side in sides for one in ast.walk(side) if isinstance(one, ast.Constant)]
            found += [f"{path.relative_to(PACKAGE)}: {text!r}" for text in texts if text in words]
    allowed = ("chat/failure.py",)  # the cause in what a backend says
    assert [one for one in found if not one.startswith(allowed)] == []
