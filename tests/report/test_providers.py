"""Section 3: providers next to each other, over simulated networks, with the names of their failures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from reznet_load.core.deployment import SIMULATED, DeploymentFacts
from reznet_load.core.folder import FACTS
from reznet_load.core.money.bill import PROBES, TURNS, Bill, Item, to_data
from reznet_load.core.money.prices import Price
from reznet_load.core.run import RunResult
from reznet_load.report.console import table
from reznet_load.report.render import render, render_details
from reznet_load.result.assemble import judge_folder
from tests import builders

FAR = ", simulated network mobile"
BEFORE = {
    "anthropic": {"model": "c", "simulated": False, "cold_first_byte_ms": 320.4, "cold_total_ms": 900.0},
    "openai": {"model": "g", "simulated": True, "cold_failed": "no connection"},
}
OVER = {
    "mobile": {"cold_first_byte_ms": 700.0, "cold_total_ms": 1300.0, "asked": 6, "tokens_in": 60, "tokens_out": 200}
}
AFTER = {
    "anthropic": {"asked": 6, "tokens_in": 72, "tokens_out": 240, "networks": OVER},
    "openai": {"asked": 41, "tokens_in": 492, "tokens_out": 1640, "networks": {}},
}


def made(tmp_path: Path, slow: bool = False) -> tuple[RunResult, str]:
    """A run with five questions to a real Anthropic, 40 to a simulated OpenAI of which every fourth is refused."""
    rows, units = builders.healthy()
    byte = 900.0 if slow else 210.0
    rows |= {
        "PROBE anthropic first byte": np.full(5, byte) + np.arange(5), "PROBE anthropic first text": np.full(5, byte + 40),
        "PROBE anthropic reply": np.full(5, 800.0), "PROBE anthropic gap": np.full(50, 15.0),
        "PROBE openai first byte": np.full(40, 150.0), "PROBE openai first text": np.full(30, 190.0),
        f"PROBE anthropic first byte{FAR}": np.full(5, 390.0), f"PROBE anthropic first text{FAR}": np.full(5, 430.0),
        f"PROBE anthropic reply{FAR}": np.full(5, 990.0),
    }  # fmt: skip
    refused = {"PROBE openai first byte": (np.arange(40) % 4 == 0, "rate limited (429)")}
    folder = builders.write_run(tmp_path / "run", rows, units, errors=refused)
    facts = {"has": ["providers"], "before": {"providers": BEFORE}, "after": {"providers": AFTER}}
    (folder / FACTS).write_text(json.dumps(facts))
    run = judge_folder(folder)
    return run.result, render(run) + render_details(run)


def line(text: str, start: str) -> list[str]:
    """The cells of the table line that starts so."""
    found = next(line for line in text.splitlines() if line.startswith(f"| {start}"))
    return [cell.strip() for cell in found.strip("|").split("|")][1:]


def test_providers_stand_side_by_side(tmp_path: Path) -> None:
    _, text = made(tmp_path)
    assert "| | anthropic | openai |\n|---|---|---|" in text
    assert line(text, "Model") == ["`c` (real key)", "`g` (simulated)"]
    assert line(text, "Questions") == ["5, 0 failed", "40, 10 failed"]
    assert line(text, "First byte:") == ["212 ms, 210 ms, 212 ms, 214 ms", "150 ms, 150 ms, 150 ms, 150 ms"]
    assert line(text, "First text:")[0] == "250 ms, 250 ms, 250 ms, 250 ms"
    assert line(text, "Gap between")[1] == "-"
    assert line(text, "First request, cold") == ["320 ms, 900 ms", "failed: no connection"]
    assert line(text, "Tokens") == ["72, 240 for 6 questions", "492, 1 640 for 41 questions"]
    assert line(text, "Failed") == ["none", "10 × rate limited (429)"]
    assert line(text, "Proof") == [
        "⚠️ Warning: n = 5, but a proof needs 30. The agents' first tokens decide.", "n = 30: judged"
    ]  # fmt: skip


def test_a_simulated_network_is_marked_as_one_and_ticks_its_action_item(tmp_path: Path) -> None:
    _, text = made(tmp_path)
    assert line(text, "as it is") == ["anthropic", "5", "212 ms", "250 ms", "800 ms", "320 ms, 900 ms", "none"]
    assert (
        "| simulated network mobile: 85 ms ± 20 ms each way, 9 Mbit/s | anthropic | 5 | 390 ms | 430 ms | 990 ms |"
        in text
    )
    assert "test from different network conditions (simulated: mobile)." in text.split("### 3.")[1].split("### 4.")[0]


def test_without_networks_the_action_item_says_how_to_simulate_one(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    folder = builders.write_run(tmp_path / "run", rows, units)
    text = render(judge_folder(folder))
    assert (
        "- [ ] Test from different network conditions: make load ARGS='--network all'" in text
        and "side by side" not in text
    )


def ttfb(result: RunResult) -> tuple[str, str]:
    """(outcome, deciding row)."""
    found = next(verdict for verdict in result.verdicts if verdict.id == "ttfb_mean")
    return found.outcome, found.row


def test_with_five_questions_to_a_real_provider_the_users_values_decide(tmp_path: Path) -> None:
    result, _ = made(tmp_path)
    assert ttfb(result)[1] != "PROBE anthropic first byte"


def test_five_slow_answers_of_a_real_provider_are_a_fail(tmp_path: Path) -> None:
    result, _ = made(tmp_path, slow=True)
    assert ttfb(result) == ("fail", "PROBE anthropic first byte")


def test_streaming_of_users_is_shown_next_to_that_of_providers(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    counts = {"reply chunk rate": (48.0, "/s"), "reply largest gap": (33.0, "ms"), "reply stalls": (1.0, "count")}
    for name, (value, unit) in counts.items():
        for key in (f"COUNT {name}", f"COUNT anthropic {name}"):
            rows[key], units[key] = np.full(10, value), unit
    rows |= {"PROBE anthropic gap": np.full(50, 10.0), "PROBE openai gap": np.full(50, 90.0)}
    rows |= {"GAUGE wire bytes": np.full(60, 25e3), "GAUGE plain bytes": np.full(60, 1e5)}
    rows |= {"GAUGE payload saved": np.full(60, 18.0)}
    units |= {"GAUGE wire bytes": "count", "GAUGE plain bytes": "count", "GAUGE payload saved": "%"}
    run = builders.info(deployment=DeploymentFacts(provider="anthropic", simulated=True, provider_is=SIMULATED))
    folder = builders.write_run(tmp_path / "run", rows, units, run)
    (folder / FACTS).write_text(json.dumps({"has": ["providers"], "before": {"providers": BEFORE}, "after": {}}))
    run = judge_folder(folder)
    text = render(run).split("### 7.")[1] + render_details(run).split("## Streams Compared")[1]
    assert "| | agent users | anthropic alone | openai alone |" in text
    assert line(text, "Chunks per second while") == ["48/s", "48/s", "-"]
    assert line(text, "Stalls (gap > 1 s)") == ["10, 1.00", "10, 1.00", "-"]
    assert line(text, "Largest gap of a reply") == ["33 ms", "33 ms", "-"]
    assert line(text, "Gap between")[2] == "90 ms, 90 ms, 90 ms"
    assert (
        "- Stalls (gap > 1 s): 10\n- Compression: 6.00 MB of frames became 1.50 MB on the wire (75.0 % saved)" in text
    )
    assert "- Saved by short keys (letters for names of fields), before compression: 18.0 %" in text
    assert line(text, "Gap between")[1] == "10 ms, 10 ms, 10 ms" and "DETAILS.md#streams-compared" in text


COST = to_data(
    Bill(
        (
            Item(PROBES, "anthropic", "c", 12, 80, 120, Price(3, 15)),
            Item(TURNS, "anthropic", "c", 250, 1000, 500, Price(3, 15)),
        ),
        0.5,
    )
)


def paid(tmp_path: Path, cost: dict, stopped_at: float = 0.0) -> tuple[RunResult, str]:
    """200 turns of 10 tokens in and 100 out."""
    rows, units = builders.healthy()
    rows |= {"COUNT tokens asked": np.full(200, 10.0), "COUNT tokens answered": np.full(200, 100.0)}
    units |= {"COUNT tokens asked": "tokens", "COUNT tokens answered": "tokens"}
    folder = builders.write_run(
        tmp_path / "run", rows, units, builders.info(cost=cost, deployment=DeploymentFacts(provider="anthropic"))
    )
    facts = {"has": ["providers"], "before": {"providers": BEFORE}, "after": {"providers": AFTER}}
    (folder / FACTS).write_text(json.dumps(facts))
    (folder / "spent-users.json").write_text(json.dumps({"usd": 0.306, "stopped_at": stopped_at}))
    run = judge_folder(folder)
    return run.result, render(run) + render_details(run)


def test_costs_are_shown_per_reply_and_per_run(tmp_path: Path) -> None:
    result, text = paid(tmp_path, COST)
    assert line(text, "questions to a provider alone (anthropic, c)") == [
        "12", "132, 440, as the provider counts", "0.000583 USD", "0.0070 USD", "0.0245 USD"
    ]  # fmt: skip
    assert line(text, "agent turns through the backend") == [
        "200", "10, 100 a turn, by its text", "0.001530 USD", "0.3060 USD", "2.62 USD"
    ]  # fmt: skip
    assert "Spent: 0.3060 USD; limit (--max-cost): 0.5000 USD." in text and "four characters a token" in text
    assert not [caution for caution in result.cautions if caution.id == "cost_limit"]
    assert "spent: 0.3060 USD, agent turns by their text" in table(result)


def test_an_exceeded_limit_is_a_caution_with_its_moment(tmp_path: Path) -> None:
    result, text = paid(tmp_path, COST, stopped_at=builders.ORIGIN + 42)
    caution = next(caution for caution in result.cautions if caution.id == "cost_limit")
    assert "0.5000 USD was exceeded" in caution.text and "42 s into the run" in caution.text and not caution.void
    assert caution.text in text


def test_a_run_without_its_price_says_so(tmp_path: Path) -> None:
    unknown = to_data(Bill((Item(TURNS, "anthropic", "", 250, 1000, 500, None),), None))
    _, text = paid(tmp_path, unknown)
    assert line(text, "agent turns")[2:] == ["⏳ price unknown"] * 3 and "limit (--max-cost): none" in text


def test_a_simulated_backend_costs_nothing_and_says_how_many_tokens(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    rows |= {"COUNT tokens asked": np.full(9, 10.0), "COUNT tokens answered": np.full(9, 100.0)}
    units |= {"COUNT tokens asked": "tokens", "COUNT tokens answered": "tokens"}
    run = builders.info(deployment=DeploymentFacts(provider="anthropic", simulated=True, provider_is=SIMULATED))
    folder = builders.write_run(tmp_path / "run", rows, units, run)
    text = render(judge_folder(folder))
    assert (
        "about 10 tokens in and 100 out. The provider is simulated, so it costs nothing." in text
        and "What was paid for" not in text
    )
