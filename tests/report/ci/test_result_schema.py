"""`result.schema.json`: it is generated from the records, every result follows it, and another format has another
number.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import make_dataclass
from pathlib import Path

import jsonschema
import pytest

from reznet_load.core.run import SCHEMA as NUMBER
from reznet_load.core.run_files import to_json
from reznet_load.report.ci import result_schema
from reznet_load.result.assemble import assemble
from tests.result.test_golden_runs import NAMES, RUNS
from tests.schema import SCHEMA, validate_result

# The shape of each number. A change of the records fails here: give `core.run.SCHEMA` the next number, say in its comment what
# changed, run `python -m reznet_load.report.ci.result_schema`, and add a line.
SHAPES = {2: "608e23f448fd84d9", 3: "f86632fb3b5bf0e2", 4: "a7b1b4c3ca7ad2df", 5: "35bdecd3054c962d"}


def test_the_shipped_file_is_made_of_the_records_and_is_a_schema() -> None:
    assert result_schema.schema() == SCHEMA, "run python -m reznet_load.report.ci.result_schema"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_another_format_needs_another_schema_number() -> None:
    assert result_schema.shape(result_schema.schema()) == SHAPES[NUMBER]


def test_the_format_depends_on_fields_and_not_on_descriptions(monkeypatch: pytest.MonkeyPatch) -> None:
    before = result_schema.shape(SCHEMA)
    assert result_schema.shape(SCHEMA | {"description": "other words"}) == before
    more = make_dataclass("RunResult", [("another", str)], bases=(result_schema.RunResult,), kw_only=True, frozen=True)
    monkeypatch.setattr(result_schema, "RunResult", more)
    assert result_schema.shape(result_schema.schema()) != before


@pytest.mark.parametrize("name", NAMES)
def test_results_of_old_run_folders_follow_it(name: str, tmp_path: Path) -> None:
    shutil.unpack_archive(RUNS / f"{name}.tar.xz", tmp_path)
    (info,) = tmp_path.rglob("run.json")
    validate_result(to_json(assemble(info.parent)))


def test_a_result_with_a_field_less_or_more_does_not_follow_it(tmp_path: Path) -> None:
    shutil.unpack_archive(RUNS / "load-v2.tar.xz", tmp_path)
    (info,) = tmp_path.rglob("run.json")
    whole = json.loads(to_json(assemble(info.parent)))
    for broken in (whole | {"another": 1}, {name: value for name, value in whole.items() if name != "rows"}):
        with pytest.raises(jsonschema.ValidationError):
            validate_result(json.dumps(broken))
