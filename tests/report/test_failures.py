"""The section on failure and recovery in the document of a run, and its absence where nothing was cut."""

from __future__ import annotations

from pathlib import Path

from reznet_load.core.phases.outages import outage
from reznet_load.core.profile import STEADY, Phase
from reznet_load.report.publish import publish
from tests.builders import ORIGIN, healthy, info, write_run


def test_a_run_with_an_outage_has_the_section_and_its_verdict(tmp_path: Path) -> None:
    rows, units = healthy(seconds=90)
    one = outage("redis", ORIGIN + 50, ORIGIN + 60, ORIGIN + 100, 50)
    before = Phase("before", ORIGIN + 10, ORIGIN + 50, 50, True, STEADY)
    run = info(phases=(before, *one.phases), notes={"redis cut": "connections were reset, new ones refused"})
    # Evenly over 40 s: what the builder spreads lies before the cut, and afterwards nobody says anything any more.
    folder = write_run(tmp_path / "run", rows, units, run)
    publish(folder, new=False)
    text = (folder / "PERFORMANCE_TEST_RESULTS.md").read_text()
    section = text.split("### Failure and recovery")[1].split("\n---")[0]
    assert (
        "| Redis | 10s: connections were reset, new ones refused | nothing was sent | nothing failed | ⚠️ Warning |"
        in section
    )
    assert "Agent Response Time (p95), silence" in section and "nothing was sent: its users were waiting" in section
    assert "; test failure modes and recovery. Open:" in text


def test_a_run_without_an_outage_has_no_section_on_outages(tmp_path: Path) -> None:
    rows, units = healthy()
    folder = write_run(tmp_path / "run", rows, units)
    publish(folder, new=False)
    text = (folder / "PERFORMANCE_TEST_RESULTS.md").read_text()
    assert "Failure and recovery" not in text and "- [ ] Test failure modes and recovery: make failures" in text
