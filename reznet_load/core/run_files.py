"""`run.json` and `result.json` to records and back; files of earlier versions are converted to today's form when read."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

from reznet_load.core.deployment import DeploymentFacts, from_notes
from reznet_load.core.errors import ConfigError
from reznet_load.core.failed.failed_kind import FailedKind
from reznet_load.core.finding import Finding, PatternCheck
from reznet_load.core.measured.measurement import Row
from reznet_load.core.phases.steps import Capacity, Step
from reznet_load.core.profile import Phase
from reznet_load.core.regression import Change, Regression
from reznet_load.core.rows import current
from reznet_load.core.run import Caution, RunInfo, RunResult, Verdict
from reznet_load.core.text.foreign_text import safe_all


def to_json(record: Any) -> str:
    """A record as JSON. Keys are in the order of its fields, so that equal records give equal bytes."""
    return json.dumps(safe_all(asdict(record), lines=True), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


_KINDS: dict[str, tuple[type, ...]] = {
    "DeploymentFacts": (DeploymentFacts,),
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "dict": (dict,),
    "tuple": (list, tuple),
}


def _fits(value: Any, annotation: str) -> bool:
    """Does `value`, as read from JSON, have the type of a field's annotation?"""
    kinds = _KINDS.get(annotation.partition("[")[0].partition(" ")[0])
    if value is None:
        return annotation.endswith("None")
    return kinds is None or (isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)))


def build(cls: type, data: dict[str, Any], nested: dict[str, type]) -> Any:
    """An instance of `cls` from the keys it knows; a key of a later version is ignored."""
    known = {f.name: data[f.name] for f in fields(cls) if f.name in data}
    for f in fields(cls):
        if f.name in known and not _fits(known[f.name], str(f.type)):
            raise TypeError(f"{f.name} read as {known[f.name]!r:.60}, expected {f.type}")
        if isinstance(known.get(f.name), list) and str(f.type).startswith("tuple"):
            known[f.name] = tuple(known[f.name])
    for name, kind in nested.items():
        if name in known:
            known[name] = tuple(build(kind, item, {}) if is_dataclass(kind) else item for item in known[name])
    return cls(**known)


def info_from(data: dict[str, Any]) -> RunInfo:
    """RunInfo from the object of `run.json`; also of 0.1.0, which kept the deployment's facts in its notes."""
    data = safe_all(data, masked=False)
    facts = data.get("deployment")
    data = data | {"deployment": build(DeploymentFacts, from_notes(data) if facts is None else facts, {})}
    info: RunInfo = build(RunInfo, data, {"phases": Phase, "cautions": Caution, "has": str})
    return info


def read_info(path: Path) -> RunInfo:
    """RunInfo of `run.json`. Raises ConfigError naming the file and the right form."""
    try:
        return info_from(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); expected the run.json of a run folder") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ConfigError(f"{path}: not the run.json of a run folder: {error}") from None


def upgrade_row(row: dict[str, Any]) -> None:
    """Convert a Row of an earlier version: its name, and percentiles of a CSV by level (until 0.1.0)."""
    row["key"] = current(row["key"])
    columns = row.pop("columns", None) or {}
    row.setdefault("statistics", {f"p{100 * float(level):.6g}": value for level, value in columns.items()})


# How reasons began in earlier versions, which had no value of `open` for them.
_OPEN_UNTIL_0_1_0 = (("void: ", "void"), ("nothing was measured in ", "silent"))


def upgrade_verdict(verdict: dict[str, Any]) -> None:
    """Convert a Verdict of an earlier version: its row's name, and why it is open, which was given only in words."""
    verdict["row"] = current(verdict.get("row") or "")
    reason = str(verdict.get("reason") or "")
    for began, value in _OPEN_UNTIL_0_1_0:
        if not verdict.get("open") and verdict.get("outcome") == "pending" and reason.startswith(began):
            verdict["open"] = value


def _upgrade_result(data: dict[str, Any]) -> None:
    """Convert a `result.json` of an earlier version."""
    for row in data.get("rows", []):
        upgrade_row(row)
    for verdict in (*data.get("verdicts", []), *data.get("behaviour", [])):
        upgrade_verdict(verdict)
    for finding in data.get("findings", []):
        if isinstance(finding.get("about"), str):  # as 0.1.0 wrote it
            finding["about"] = [finding["about"]]


def read_result(path: Path) -> RunResult:
    """RunResult of `result.json`. Raises ConfigError naming the file and the right form."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        data["info"] = info_from(data["info"])
        _upgrade_result(data)
        if data.get("capacity"):
            data["capacity"] = build(Capacity, data["capacity"], {})
        kinds = {"rows": Row, "verdicts": Verdict, "cautions": Caution, "findings": Finding}
        kinds |= {"changes": Change, "regressions": Regression}
        kinds |= {"steps": Step, "behaviour": Verdict, "patterns": PatternCheck, "failures": FailedKind}
        result: RunResult = build(RunResult, data, kinds)
        return result
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); expected the result.json of a run") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ConfigError(f"{path}: not the result.json of a run: {error}") from None
