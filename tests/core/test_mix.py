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
        ("agent=14, rest=24", {"rest": 24, "chat": 0, "agent": 14}),
        ("chat=1", {"rest": 0, "chat": 1, "agent": 0}),
        (" 1 : 0 : 0 ", {"rest": 1, "chat": 0, "agent": 0}),
    ],
)
def test_a_mix_is_named_or_short(text: str, mix: dict[str, int]) -> None:
    assert parse_mix(text) == mix


@pytest.mark.parametrize(
    "text",
    ["rest", "rest=", "rest=-1", "rest=1.5", "rest=0", "rest=1,rest=2", "rset=3", "rest=²", "1:2:3:4", "=3", "rest=1,"],
)
def test_a_mix_that_cannot_be_meant_names_both_forms_and_the_kinds(text: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_mix(text)
    assert str(error.value) == (
        f"--mix: read {text!r}, expected users of each kind like rest=24,chat=12,agent=14 or 24:12:14, not all zero; "
        "kinds are rest, chat, agent"
    )


def test_think_times_are_of_the_table_where_no_option_changes_them() -> None:
    think = parse_think(["rest=0,0,0,0", "agent=500ms"])
    assert think == {"rest": (0, 0, 0, 0), "chat": (2.5,), "agent": (0.5,)}
    settings = Settings(think=think)
    assert [settings.period(kind) for kind in KINDS] == pytest.approx([0.35, 2.5, 0.5])
    assert [Settings().period(kind) for kind in KINDS] == pytest.approx([4.35, 2.5, 4.2])


@pytest.mark.parametrize(
    ("item", "form"),
    [
        ("agent=0", "agent=4.2 (from one start to the next, above zero)"),
        ("agent=1,2", "agent=4.2 (from one start to the next, above zero)"),
        ("rest=1", "rest=0.5,0.5,2,1 (4 times: agents, channels, messages, health)"),
        ("agents=1", "KIND=SECONDS like rest=0.5,0.5,2,1 chat=2.5 agent=4.2"),
        ("chat", "chat=2.5 (from one start to the next, above zero)"),
    ],
)
def test_a_think_time_that_cannot_be_meant_names_the_form_of_its_kind(item: str, form: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_think([item])
    assert str(error.value) == f"--think: read {item!r}, expected {form}"


def test_what_the_shipped_kinds_need_is_counted_over_a_mix() -> None:
    mix = {"rest": 24, "chat": 12, "agent": 14, "of another version": 5}
    assert (users_with(mix, CHANNEL), users_with(mix, AGENTS)) == (26, 14)
    assert (mix_text(), think_text()) == ("rest=24,chat=12,agent=14", "rest=0.5,0.5,2,1 chat=2.5 agent=4.2")


def test_a_kind_more_in_the_table_is_an_option_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        KINDS, "voice", Kind("voice", "m:V", 0, (("start", 3.0), ("pause", 1.0)), (AGENTS,), "no voices")
    )
    assert parse_mix("24:12:14") == shipped_mix() == {"rest": 24, "chat": 12, "agent": 14, "voice": 0}
    assert parse_mix("voice=2,agent=1") == {"rest": 0, "chat": 0, "agent": 1, "voice": 2}
    assert parse_think(["voice=1,2"])["voice"] == (1, 2)
    assert with_need(AGENTS) == ["agent", "voice"]
