"""Generates `duel.schema.json` from the records of a duel's `result.json`.

The command is `python -m reznet_load.report.duel.duel_schema`. A change of the fields needs a new version,
`as_json.SCHEMA`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reznet_load.report.ci.result_schema import schema_of
from reznet_load.report.duel.as_json import SCHEMA, WrittenDuel

FILE = Path(__file__).with_name("duel.schema.json")


def duel_schema() -> dict[str, Any]:
    """The JSON Schema, draft 2020-12."""
    return schema_of(WrittenDuel, f"result.json of a duel of reznet-load, schema {SCHEMA}")


if __name__ == "__main__":
    FILE.write_text(json.dumps(duel_schema(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
