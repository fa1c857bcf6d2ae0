"""`result.schema.json`, which every `result.json` of the tests follows."""

from __future__ import annotations

import json

import jsonschema

from reznet_load.report.ci.result_schema import FILE

SCHEMA = json.loads(FILE.read_text(encoding="utf-8"))
_VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def validate_result(text: str) -> None:
    """Raises jsonschema.ValidationError."""
    _VALIDATOR.validate(json.loads(text))
