"""Plans that became worse under load are reported with their numbers, and no others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reznet_load.core.folder import FACTS
from reznet_load.report.parts import query_plans
from reznet_load.report.sections import s2_database
from reznet_load.report.sections.advice import opportunities
from reznet_load.report.view import View, view_of
from reznet_load.result.assemble import judge_folder
from tests import builders

BY_TIME, MEANT = "idx_messages_created_at", "idx_messages_channel_created"


def plan(read: int, took: float, returned: float = 50.0, index: str = BY_TIME) -> dict[str, Any]:
    """Of an index, or of a table read from end to end."""
    indexes, sequential = ([index], []) if index else ([], ["messages"])
    return {
        "nodes": ["Limit", "Index Scan"], "indexes": indexes, "sequential": sequential, "rows_read": read,
        "rows_returned": returned, "buffers": read, "ms": took,
    }  # fmt: skip


def seen(
    folder: Path, before: dict[str, Any], after: dict[str, Any], unused: tuple[str, ...] = (), probe: bool = False
) -> View:
    """A healthy run in which the probe found these plans."""
    rows, units = builders.healthy()
    rows["GET /api/channels/{id}/messages"] = np.full(330, 6.0)
    if probe:
        rows["PROBE message page query"] = np.full(300, 7.0)
    made = builders.write_run(folder / "run", rows, units)
    facts = {
        "has": ["postgres"], "before": {"postgres": {"indexes": [BY_TIME, MEANT], "plans": before}},
        "after": {"postgres": {"plans": after, "indexes_unused": list(unused)}},
    }  # fmt: skip
    (made / FACTS).write_text(json.dumps(facts))
    return view_of(judge_folder(made))


def test_a_plan_that_reads_every_message_is_reported_with_its_numbers(tmp_path: Path) -> None:
    view = seen(tmp_path, {"message page": plan(130, 0.09)}, {"message page": plan(7086, 3.16)}, unused=(MEANT,))
    said = (
        "To return 50 rows, the query for the newest message page read 130 rows before the load (0.09 ms) and 7 086 after it "
        "(3.16 ms). PostgreSQL goes through idx_messages_created_at, which holds the messages of all channels by time; "
        "idx_messages_channel_created was not used once. It reads more rows for the same answer whenever a message is added, "
        "in whatever channel."
    )
    assert query_plans.sentences(view) == [said] and said in s2_database.analysis(view)
    (advice,) = query_plans.advised(view)
    assert advice == (
        "The query for the newest message page reads ever more rows and takes ever longer (section 2). On a copy of the "
        "database, drop idx_messages_created_at and run EXPLAIN ANALYZE for this query again. If it then reads fewer rows, "
        "PostgreSQL chose the wrong index."
    )
    assert advice in opportunities(view)


def test_an_index_that_others_used_is_not_called_unused(tmp_path: Path) -> None:
    view = seen(tmp_path, {"message page": plan(130, 0.09)}, {"message page": plan(7086, 3.16)})
    assert "by time, not idx_messages_channel_created. It reads more rows" in query_plans.sentences(view)[0]


def test_plans_through_one_index_are_one_sentence(tmp_path: Path) -> None:
    before = {"message page": plan(130, 0.09), "deep page": plan(6069, 1.6)}
    after = {"message page": plan(7086, 3.16), "deep page": plan(13022, 3.65)}
    (said,) = query_plans.sentences(seen(tmp_path, before, after))
    assert (
        " To return 50 rows, the query for old messages, which skips the newest 2 000 of a channel, read 6 069 rows before the "
        "load (1.60 ms) and 13 022 after it (3.65 ms). PostgreSQL goes through" in said
    )


def test_a_sequential_scan_is_reported_as_such(tmp_path: Path) -> None:
    view = seen(tmp_path, {"other": plan(1000, 1.0, index="")}, {"other": plan(9000, 8.0, index="")})
    assert (
        "through all of messages. It reads more rows for the same answer whenever the table grows"
        in query_plans.sentences(view)[0]
    )
    assert query_plans.advised(view)[0].endswith("(section 2). Look at its plan again with as many rows as you expect.")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (plan(130, 0.09), plan(1000, 1.09), True),
        (plan(130, 0.09), plan(999, 1.09), False),  # not 20 times what it returns
        (plan(130, 0.09), plan(1000, 1.08), False),  # an EXPLAIN may take a millisecond more
        (plan(130, 2.0), plan(1000, 3.9), False),  # less than twice as long
        (plan(2050, 0.6), plan(2050, 3.0), False),  # a deep page skips as many rows as it must, before and after
        (plan(3, 0.05, 0.0), plan(20, 5.0, 0.0), True),  # nothing returned is no division by nothing
        (None, plan(7086, 3.16), False),  # the plan before the run is not known
    ],
)
def test_only_plans_that_grew_are_reported(tmp_path: Path, before: dict | None, after: dict, told: bool) -> None:
    view = seen(tmp_path, {"message page": before} if before else {}, {"message page": after})
    assert bool(query_plans.sentences(view)) is told
