"""What the document says of users who leave and of long conversations: from what was measured, and no more than that."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from reznet_load.core.measured.measurement import Row
from reznet_load.report.chat import behaviours


def row(key: str, count: int = 20, mean: float = 100.0) -> Row:
    return SimpleNamespace(  # type: ignore[return-value]
        key=key, count=count, mean=mean, p50=mean, p95=mean, p99=mean, minimum=mean, maximum=mean, unit="ms", failures=0, missing=0
    )  # fmt: skip


def view(*rows: Row, has: tuple[str, ...] = ("impatient",), facts: dict[str, Any] | None = None, **lacks: str) -> Any:
    info = SimpleNamespace(has=has, probes={"after": {"left_calls": facts} if facts else {}}, lacks=lacks)
    return SimpleNamespace(
        judged=rows,
        result=SimpleNamespace(info=info),
        row=lambda key: next((one for one in rows if one.key == key), None),
    )


LEFT = row("CHAT left turn", 72)
SEEN = {"calls": 72, "to_their_end": 0, "tokens": 0, "still_on": 0, "unseen": 0}


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (SEEN, "The backend stops paying: none of 72 calls at the provider ran to its end after its user left"),
        (SEEN, "; they made no token more."),
        (SEEN | {"tokens": 3}, "they made 3 tokens more in all."),
        (SEEN | {"to_their_end": 70, "tokens": 1400}, "The backend goes on paying: 70 of 72 calls at the provider"),
        (SEEN | {"to_their_end": 70, "tokens": 1400}, "they made 20 tokens more each."),
        (SEEN | {"still_on": 1}, "1 call was still on at the end of the run."),
        (SEEN | {"calls": 0, "unseen": 5}, "had ended after its user left. 5 calls were never seen at the provider."),
    ],
)  # fmt: skip
def test_whether_the_backend_stops_paying_is_what_the_provider_saw(facts: dict[str, Any], sentence: str) -> None:
    said = behaviours.names(view(LEFT, facts=facts))["left_said"]
    assert said[0] == "72 replies were left in mid-stream: their users closed the connection; there is no stop call."
    assert sentence in said[1]


def test_without_a_provider_of_ours_it_is_not_known_and_the_reason_is_given() -> None:
    assert "is not known: the provider is not `reznet-load provider`" in behaviours.names(view(LEFT))["left_said"][1]
    refused = behaviours.names(view(LEFT, left_calls="http://h is not a `reznet-load provider`"))["left_said"][1]
    assert refused.endswith("http://h is not a `reznet-load provider`.")


def test_a_run_without_these_users_says_nothing_of_them() -> None:
    assert not any(behaviours.names(view(row("CHAT agent turn"), has=("agent",))).values())


def test_first_tokens_stand_in_the_order_of_the_conversation_and_few_are_not_compared() -> None:
    parts = [row(f"COUNT long first token, questions {part}", count, mean) for part, count, mean in
             (("1 to 5", 30, 100.0), ("11 to 15", 9, 250.0), ("16 to 20", 2, 900.0), ("6 to 10", 12, 180.0))]  # fmt: skip
    names = behaviours.names(view(*parts, has=("long",)))
    assert [one["title"] for one in names["long"]] == [
        f"Questions {one}" for one in ("1 to 5", "6 to 10", "11 to 15", "16 to 20")
    ]
    assert names["long_said"] == [
        "The first token came after 100 ms on average in questions 1 to 5 of a conversation, and after 250 ms in questions 11 to "
        "15, which are sent with more history."
    ]
