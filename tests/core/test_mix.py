"""`--mix` and `--think`, from the table of kinds."""

from __future__ import annotations

import pytest

from reznet_load.core.errors import ConfigError
from reznet_load.core.kinds import AGENTS, CHANNEL, KINDS, Kind, shipped_mix, users_with, with_need
from reznet_load.core.settings.mix import mix_text, parse_mix, parse_think, think_text
from reznet_load.core.settings.settings import Settings


@pytest.mark.parametrize(
    ("text", "mix"),
    [
        ("24:12:14", {"rest": 24, "chat": 12, "agent": 14}),
        ("rest=24,chat=12,agent=14", {"rest": 24, "chat": 12, "agent": 14}),
        ("agent=14, rest=24", {"rest": 24, "agent": 14}),
        ("chat=1", {"chat": 1}),
        (" 1 : 0 : 0 ", {"rest": 1}),
    ],
)
def test_a_mix_can_be_written_by_name_or_short(text: str, mix: dict[str, int]) -> None:
    assert parse_mix(text) == dict.fromkeys(KINDS, 0) | mix


@pytest.mark.parametrize(
    "text",
    ["rest", "rest=", "rest=-1", "rest=1.5", "rest=0", "rest=1,rest=2", "rset=3", "rest=²", "1:2:3:4", "=3", "rest=1,"],
)
def test_an_invalid_mix_is_refused_with_both_forms_and_the_kinds(text: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_mix(text)
    assert str(error.value) == (
        f"--mix: read {text!r}, expected users of each kind like {mix_text()} or 24:12:14, not all zero; "
        f"kinds are {', '.join(KINDS)}"
    )


def test_think_times_default_to_the_table() -> None:
    think = parse_think(["rest=0,0,0,0", "agent=500ms"])
    shipped = {kind.name: kind.think_seconds for kind in KINDS.values()}
    assert think == shipped | {"rest": (0, 0, 0, 0), "agent": (0.5,)}
    settings = Settings(think=think)
    assert [settings.period(kind) for kind in ("rest", "chat", "agent")] == pytest.approx([0.35, 2.5, 0.5])
    assert [Settings().period(kind) for kind in ("rest", "chat", "agent")] == pytest.approx([4.35, 2.5, 4.2])


@pytest.mark.parametrize(
    ("item", "form"),
    [
        ("agent=0", "agent=4.2 (from one start to the next, above zero)"),
        ("agent=1,2", "agent=4.2 (from one start to the next, above zero)"),
        ("rest=1", "rest=0.5,0.5,2,1 (4 times: agents, channels, messages, health)"),
        ("agents=1", f"KIND=SECONDS like {think_text()}"),
        ("chat", "chat=2.5 (from one start to the next, above zero)"),
    ],
)
def test_an_invalid_think_time_is_refused_with_the_form_of_its_kind(item: str, form: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_think([item])
    assert str(error.value) == f"--think: read {item!r}, expected {form}"


def test_what_the_shipped_kinds_need_is_counted_over_a_mix() -> None:
    mix = {"rest": 24, "chat": 12, "agent": 14, "of another version": 5}
    assert (users_with(mix, CHANNEL), users_with(mix, AGENTS)) == (26, 14)
    assert mix_text().startswith("rest=24,chat=12,agent=14")
    assert think_text().startswith("rest=0.5,0.5,2,1 chat=2.5 agent=4.2")


def test_a_new_kind_in_the_table_is_accepted_by_the_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        KINDS, "voice", Kind("voice", "m:V", 0, (("start", 3.0), ("pause", 1.0)), (AGENTS,), "no voices")
    )
    assert parse_mix("24:12:14") == shipped_mix() and shipped_mix()["voice"] == 0
    assert parse_mix("voice=2,agent=1") == dict.fromkeys(KINDS, 0) | {"agent": 1, "voice": 2}
    assert parse_think(["voice=1,2"])["voice"] == (1, 2)
    assert {"agent", "voice"} <= set(with_need(AGENTS))
