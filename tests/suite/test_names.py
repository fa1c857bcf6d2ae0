"""The document, docs/runs.md and pytest name the same tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from reznet_load.report.details.how_to_run import TEST_CLASSES
from tests.live.stack import ROOT, environment

NAMES = {
    "test_agent_response_time_simple_query", "test_agent_response_time_95th_percentile", "test_agent_list_query_performance",
    "test_message_pagination_performance", "test_anthropic_ttfb", "test_openai_ttfb", "test_cache_hit_rate_agents",
    "test_cache_query_reduction", "test_cache_set_get_performance", "test_health_check_performance",
    "test_agent_list_endpoint_performance", "test_streaming_chunk_latency",
}  # fmt: skip


def collected(folder: Path, *words: str) -> list[tuple[str, str]]:
    """(class, test) of each test that pytest finds, asked from anywhere."""
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", *words],
        cwd=folder, env=environment(PYTHONPATH=str(ROOT)), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 0 and not ended.stderr, ended.stdout + ended.stderr
    return re.findall(r"::(\w+)::(\w+)$", ended.stdout, re.MULTILINE)


def test_pytest_finds_the_tests_of_the_document_and_starts_nothing(tmp_path: Path) -> None:
    found = collected(tmp_path, "--pyargs", "reznet_load.suite", "-m", "performance", "--strict-markers")
    assert {test for _, test in found} == NAMES and len(found) == 12
    assert tuple(dict.fromkeys(name for name, _ in found)) == TEST_CLASSES
    named = {
        name
        for path in (ROOT / "templates" / "sections").glob("*.j2")
        for name in re.findall(r"`(test_\w+)`", path.read_text(encoding="utf-8"))
    }
    assert named == NAMES
    assert not list(tmp_path.iterdir())


def test_a_class_of_the_page_of_runs_can_be_asked_for(tmp_path: Path) -> None:
    line = next(line for line in (ROOT / "docs" / "runs.md").read_text().splitlines() if "test_performance::" in line)
    words = line.split()[1:]
    assert {name for name, _ in collected(tmp_path, *words[:-1])} == {"TestCachePerformance"}
