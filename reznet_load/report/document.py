"""The results document: its sections in order, each a module of `sections/` and the template of its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reznet_load.report.sections import (
    advice,
    failures,
    header,
    history,
    operations,
    references,
    s1_agents,
    s2_database,
    s3_first_byte,
    s4_cache,
    s5_endpoints,
    s6_load,
    s7_streaming,
    setup,
    summary,
)
from reznet_load.report.view import View

# Name in `results.md.j2` and of `sections/<name>.md.j2` -> what makes the names that the template has. A section that is
# not in this run (no part was cut off, no operation kept) renders empty.
SECTIONS: dict[str, Callable[[View], dict[str, Any]]] = {
    "header": header.names,
    "summary": summary.names,
    "setup": setup.names,
    "s1_agents": s1_agents.names,
    "s2_database": s2_database.names,
    "s3_first_byte": s3_first_byte.names,
    "s4_cache": s4_cache.names,
    "s5_endpoints": s5_endpoints.names,
    "s6_load": s6_load.names,
    "s7_streaming": s7_streaming.names,
    "failures": failures.names,
    "history": history.names,
    "advice": advice.names,
    "operations": operations.names,
    "references": references.names,
}
