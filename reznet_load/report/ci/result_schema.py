"""Generates `result.schema.json` from the records of `result.json`: `python -m reznet_load.report.ci.result_schema`.

The schema is part of the package, so that a reader of `result.json` needs none of our code. A test compares the file
with the records. A change of the fields needs a new version, `core.run.SCHEMA`.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
import types
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from reznet_load.core.finding import FOUND, NOT_CHECKED, NOT_FOUND
from reznet_load.core.regression import BASELINE, PROVEN, SUSPECT
from reznet_load.core.run import EXIT_CODES, MARKS, SCHEMA, RunResult

FILE = Path(__file__).with_name("result.schema.json")
_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    Any: {},
}
# Fields whose value is one of a few words or numbers.
_ONE_OF = {
    "RunResult.outcome": list(EXIT_CODES),
    "RunResult.exit_code": sorted(set(EXIT_CODES.values())),
    "RunResult.schema": [SCHEMA],
    "Verdict.outcome": list(MARKS),
    "Regression.kind": [SUSPECT, PROVEN, BASELINE],
    "Change.sign": ["▲", "▼", "~", ""],
    "PatternCheck.answer": [FOUND, NOT_FOUND, NOT_CHECKED],
}


def schema() -> dict[str, Any]:
    """The JSON Schema, draft 2020-12. Every field is required; null means "not measured" or "not known"."""
    return schema_of(RunResult, f"result.json of reznet-load, schema {SCHEMA}")


def schema_of(cls: type, title: str) -> dict[str, Any]:
    """The JSON Schema of the record `cls` and of its inner records. Descriptions come from tables in docstrings."""
    records: dict[str, Any] = {}
    whole = _record(cls, records)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **whole,
        "$defs": {name: records[name] for name in sorted(records)},
    }


def shape(made: dict[str, Any]) -> str:
    """A fingerprint of a schema without its titles and descriptions."""
    return hashlib.sha256(json.dumps(_without_words(made), sort_keys=True).encode()).hexdigest()[:16]


def _without_words(part: Any) -> Any:
    if isinstance(part, dict):
        return {
            name: _without_words(value)
            for name, value in part.items()
            if not (name in ("title", "description") and isinstance(value, str))
        }
    return [_without_words(one) for one in part] if isinstance(part, list) else part


def _record(cls: type, records: dict[str, Any]) -> dict[str, Any]:
    hints, words = get_type_hints(cls), _words(cls)
    properties = {}
    for name in (one.name for one in fields(cls)):
        one_of = _ONE_OF.get(f"{cls.__name__}.{name}")
        made = {"enum": one_of} if one_of else _kind(hints[name], records)
        properties[name] = made | ({"description": words[name]} if name in words else {})
    summary = (inspect.getdoc(cls) or "").split("\n\n")[0].replace("\n", " ")
    return {
        "description": summary,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _kind(hint: Any, records: dict[str, Any]) -> dict[str, Any]:
    if is_dataclass(hint) and isinstance(hint, type):
        if hint.__name__ not in records:
            records[hint.__name__] = {}
            records[hint.__name__] = _record(hint, records)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return {"anyOf": [{"type": "null"} if one is type(None) else _kind(one, records) for one in inner]}
    if origin is tuple:
        return {"type": "array", "items": _kind(inner[0], records)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _kind(inner[1], records) or True}
    return dict(_PLAIN[hint])


def _words(cls: type) -> dict[str, str]:
    """Field -> its description from the table in the docstring of `cls`."""
    descriptions: dict[str, str] = {}
    names: list[str] = []
    known = {one.name for one in fields(cls)}
    for line in (inspect.getdoc(cls) or "").splitlines()[1:]:
        found = re.match(r"(\w+(?:, \w+)*)\s{2,}(\S.*)", line)
        if found and set(found[1].split(", ")) <= known:
            names = found[1].split(", ")
            descriptions |= dict.fromkeys(names, found[2])
        elif line.startswith("   ") and names:
            descriptions |= {name: f"{descriptions[name]} {line.strip()}" for name in names}
        else:
            names = []
    return descriptions


if __name__ == "__main__":
    FILE.write_text(json.dumps(schema(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
