"""The requirements file, and what it says when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from reznet_load.core.errors import ConfigError
from reznet_load.core.nfr import load_requirements
from reznet_load.core.system.resources import resource

GOOD = """
[[nfr]]
id = "one"
title = "One"
statistic = "p95"
limit = "< 3 s"
rows = ["CHAT agent turn"]
section = 1
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_file_holds_the_eight_lines_of_the_summary_in_their_order() -> None:
    shipped = load_requirements(resource("nfr.toml"))
    assert [nfr.id for nfr in shipped.nfrs if nfr.summary] == [
        "agent_response_p95",
        "db_query_p95",
        "websocket_latency_p95",
        "ttfb_mean",
        "api_p50",
        "api_p95",
        "cache_hit_rate",
        "concurrent_users",
    ]


def test_rows_are_matched_by_pattern() -> None:
    shipped = {nfr.id: nfr for nfr in load_requirements(resource("nfr.toml")).nfrs}
    assert shipped["api_p95"].matches("GET /api/channels/{id}/messages")
    assert not shipped["api_p95"].matches("CHAT ping")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('limit = "< 3 s"', 'limit = "3 s"'), ["block 1 (one)", "limit", "'3 s'", '"< 3 s"']),
        (('statistic = "p95"', 'statistic = "q96"'), ["block 1 (one)", "'q96'", "p95"]),
        (("section = 1", "section = 9"), ["section", "9", "1 to 7"]),
        (("section = 1", "section = true"), ["section", "True"]),
        (('title = "One"', ""), ["'title' is missing"]),
        (('title = "One"', "title = 3"), ["title read as 3"]),
        (('rows = ["CHAT agent turn"]', "rows = []"), ["rows read as []"]),
        (('rows = ["CHAT agent turn"]', 'rows = ["x", 3]'), ["rows read as"]),
        (('id = "one"', 'id = "One!"'), ["id read as 'One!'"]),
        (("section = 1", 'section = 1\nneeds = ["luck"]'), ["needs", "'luck'", "agent"]),
        (("section = 1", "section = 1\nbound = 3"), ["unknown field 'bound'"]),
        (("[[nfr]]", "[nfr]"), ["double brackets"]),
        (("[[nfr]]", "[[nfrs]]"), ["unknown table [nfrs]"]),
        ((GOOD, ""), ["no [[nfr]] block"]),
        ((GOOD, GOOD + GOOD), ["'one' is used twice"]),
        ((GOOD, "a = ["), ["not a TOML file"]),
    ],
)
def test_errors_name_file_block_what_was_read_and_the_right_form(
    tmp_path: Path, change: tuple[str, str], says: list[str]
) -> None:
    path = write(tmp_path, GOOD.replace(*change))
    with pytest.raises(ConfigError) as error:
        load_requirements(path)
    assert all(word in str(error.value) for word in [*says, str(path)]), str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load_requirements(tmp_path / "nowhere.toml")


def test_an_overlay_replaces_field_by_field_and_is_reported(tmp_path: Path) -> None:
    overlay = write(tmp_path, '[[nfr]]\nid = "agent_response_p95"\nlimit = "< 5 s"\n' + GOOD)
    merged = load_requirements(resource("nfr.toml"), overlay)
    changed = {nfr.id: nfr for nfr in merged.nfrs}
    assert changed["agent_response_p95"].limit.value == 5000
    assert changed["agent_response_p95"].title == "Agent Response Time (p95)"
    assert changed["one"].rows == ("CHAT agent turn",)
    assert len(merged.deviations) == 2 and "'< 3 s' → '< 5 s'" in merged.deviations[0]


def test_a_misspelt_id_is_answered_with_the_ids_that_are_known(tmp_path: Path) -> None:
    mine = write(tmp_path, '[[nfr]]\nid = "agent_response"\nlimit = "< 500 ms"\n')
    with pytest.raises(ConfigError, match=r"block 1 \(agent_response\): no requirement has this id") as error:
        load_requirements(resource("nfr.toml"), mine)
    assert "agent_response_p95, db_query_p95" in str(error.value) and "title, statistic, rows" in str(error.value)
