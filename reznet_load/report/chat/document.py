"""The sections of the document in order; each has a template with the same name in `templates/chat/`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reznet_load.report.chat import behaviours, head, past, rows, servers, streaming
from reznet_load.report.details import gauges, more_failures, operations, processes
from reznet_load.report.sections import failures, footer, summary, what_failed
from reznet_load.report.view import View

TEMPLATE = "chat.md.j2"
FOLDER = "chat"
# A section renders empty if the run has nothing for it (no provider was asked directly, no operation was kept).
SECTIONS: dict[str, Callable[[View], dict[str, Any]]] = {
    "header": head.names,
    "summary": summary.names,
    "what_failed": what_failed.names,
    "rows": rows.names,
    "streaming": streaming.names,
    "behaviours": behaviours.names,
    "servers": servers.names,
    "failures": failures.names,
    "history": past.names,
    "issues": past.issues,
    "setup": head.setup_names,
    "footer": footer.names,
}
SHARED = ("summary", "what_failed", "failures", "footer")  # the same in every document
# The sections of `DETAILS.md`. The others are only for RezNet.
DETAILS: dict[str, Callable[[View], dict[str, Any]]] = {
    "gauges": gauges.names,
    "processes": processes.names,
    "more_failures": more_failures.names,
    "operations": operations.names,
}
