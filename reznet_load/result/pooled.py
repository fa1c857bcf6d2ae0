"""One run of a pool-size comparison, from its folder: its result, and the judgement of its message page alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.core.rows import GET_MESSAGES
from reznet_load.core.run import RunResult
from reznet_load.core.run_files import read_result
from reznet_load.result.files import RunFiles, read_files
from reznet_load.verdict.judgement import Judgement, worst
from reznet_load.verdict.rules import judge_series

PAGE = GET_MESSAGES.key  # reads PostgreSQL on every call, so it waits if any request does


@dataclass(frozen=True, slots=True)
class PooledRun:
    """`page`: the message page judged by the requirement on the API's p95; None if it was not measured."""

    result: RunResult
    page: Judgement | None


def read_pooled(folder: Path) -> PooledRun | None:
    """The run of `folder`; None if it has no result. Raises ConfigError if its files are damaged."""
    if not (folder / run_folder.RESULT).exists():
        return None
    return PooledRun(read_result(folder / run_folder.RESULT), _page(read_files(folder)))


def _page(files: RunFiles) -> Judgement | None:
    nfr = next((one for one in files.requirements.nfrs if one.id == "api_p95"), None)
    if nfr is None or PAGE not in files.series:
        return None
    made = [judge_series(nfr, files.series[PAGE], phase) for phase in files.info.phases if phase.judged]
    return worst(nfr, [one for one in made if one is not None])
