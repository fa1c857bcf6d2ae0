"""`metrics.txt`: the figures of a run in the text format of OpenMetrics, for GitLab's metrics reports and other readers.

Labels are the same in each run, so that a CI can compare the same metric of two runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reznet_load.core.measured.measurement import Row
from reznet_load.core.run import EXIT_CODES, RunResult
from reznet_load.core.text.foreign_text import for_terminal

FILE = "metrics.txt"
_QUANTILES = {"0.5": "p50", "0.95": "p95", "0.99": "p99"}

Sample = tuple[dict[str, str], float]  # labels, value


def metrics(result: RunResult) -> str:
    """The text in the exposition format of OpenMetrics 1.0, without values that were not measured."""
    judged = (*result.verdicts, *result.behaviour)
    counted = [one for one in judged if one.required and one.counts]
    blocks = [
        _block("exit_code", "Exit code of the run", [({}, result.exit_code)]),
        _block("outcome", "1 at the outcome of the run", [({"outcome": o}, o == result.outcome) for o in EXIT_CODES]),
        _block("requirement", "Measured value, in the unit of its label", _requirements(result, "value")),
        _block("requirement_low", "Lower end of its 90 % interval", _requirements(result, "low")),
        _block("requirement_high", "Upper end of its 90 % interval", _requirements(result, "high")),
        _block(
            "requirement_failed",
            "1 where a required one failed",
            [({"id": one.id, "phase": one.phase}, one.outcome == "fail") for one in counted],
        ),
        _block("operations", "Operations that ended", _operations(result.rows)),
        _block("latency_seconds", "Latency of successes", _quantiles(result.rows)),
    ]
    return "".join([*blocks, "# EOF\n"])


def _block(name: str, help_: str, samples: Iterable[Sample]) -> str:
    """The lines of a metric family, with each combination of labels once."""
    found = {
        f"reznet_load_{name}" + _labels(labels): float(value) for labels, value in samples
    }  # two verdicts with the same id and phase would repeat a metric, which the format forbids
    unit = f"# UNIT reznet_load_{name} seconds\n" if name.endswith("_seconds") else ""
    head = f"# TYPE reznet_load_{name} gauge\n{unit}# HELP reznet_load_{name} {help_}.\n"
    return head + "".join(f"{key} {value:.10g}\n" for key, value in found.items()) if found else ""


def _labels(labels: dict[str, str]) -> str:
    given = {name: value for name, value in labels.items() if value}
    return "{" + ",".join(f'{name}="{_quoted(value)}"' for name, value in given.items()) + "}" if given else ""


def _quoted(text: str) -> str:
    """`text` as a quoted label value without `#`, which GitLab reads as the start of a comment."""
    return for_terminal(text).replace("\\", "\\\\").replace('"', '\\"').replace("#", "_")


def _requirements(result: RunResult, field: str) -> Iterator[Sample]:
    for one in (*result.verdicts, *result.behaviour):
        value = getattr(one, field)
        if value is not None:
            yield {"id": one.id, "phase": one.phase, "unit": one.unit}, value


def _operations(rows: Iterable[Row]) -> Iterator[Sample]:
    for row in rows:
        if row.unit == "ms":
            yield {"row": row.key, "phase": row.phase, "result": "succeeded"}, row.count
            yield {"row": row.key, "phase": row.phase, "result": "failed"}, row.failures


def _quantiles(rows: Iterable[Row]) -> Iterator[Sample]:
    for row in rows:
        for quantile, field in _QUANTILES.items():
            if row.unit == "ms" and (value := getattr(row, field)) is not None:
                yield {"row": row.key, "phase": row.phase, "quantile": quantile}, value / 1000
