"""The results document and `DETAILS.md`: their sections in order. Each section is a module and a template of that name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reznet_load.report.details import (
    earlier_runs,
    gauges,
    how_to_run,
    long_tables,
    more_failures,
    operations,
    processes,
)
from reznet_load.report.sections import (
    advice,
    failures,
    footer,
    header,
    history,
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
    what_failed,
)
from reznet_load.report.view import View

# Name in `results.md.j2` and of `sections/<name>.md.j2` -> the function that gives the values for the template. A section
# renders empty if the run has nothing for it (nothing failed, no part was cut off).
SECTIONS: dict[str, Callable[[View], dict[str, Any]]] = {
    "header": header.names,
    "summary": summary.names,
    "what_failed": what_failed.names,
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
    "references": references.names,
    "footer": footer.names,
}
# The same for `details.md.j2` and `details/<name>.md.j2`.
DETAILS: dict[str, Callable[[View], dict[str, Any]]] = {
    "how_to_run": how_to_run.names,
    "gauges": gauges.names,
    "processes": processes.names,
    "long_tables": long_tables.names,
    "earlier_runs": earlier_runs.names,
    "more_failures": more_failures.names,
    "operations": operations.names,
}
