"""A run and its results: RunInfo, Verdict, Caution, and RunResult = `result.json`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reznet_load.core.deployment import DeploymentFacts
from reznet_load.core.failed.failed_kind import FailedKind
from reznet_load.core.finding import Finding, PatternCheck
from reznet_load.core.measured.measurement import Row
from reznet_load.core.phases.steps import Capacity, Step
from reznet_load.core.profile import Phase
from reznet_load.core.regression import Change, Regression

# 5: a finding of kind `time` has the bounds of its largest share. 4: `info.stopped`. 3: a failure has ids of channels and
# messages. 1: `dialect` and `backend_commit` were in `info` itself (0.1.0). All can be read.
SCHEMA = 5
SUITE = "perf"  # the scenario of the performance suite: one user, no load
SEARCH = "capacity"  # the scenario that looks for the most users

# outcome -> exit code, the higher line wins (docs/results.md has the table).
EXIT_CODES = {"interrupted": 130, "void": 3, "fail": 1, "unjudged": 2, "warning": 0, "pass": 0}
# outcomes of runs that say nothing about the backend; other runs' documents ignore them
INVALID = ("void", "interrupted")
MARKS = {"pass": "✅ Pass", "fail": "❌ Fail", "warning": "⚠️ Warning", "pending": "⏳ Pending"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one requirement with its evidence.

    id         of the requirement in `nfr.toml`
    title      its title in documents
    outcome    pass, fail, warning or pending
    unit       of value and limit
    limit      as it is written, like `< 3 s`
    value      in `unit`; None if nothing was measured
    low, high  bounds of the value (two-sided 90 %) in `unit`, None if no interval exists
    n          number of samples
    n_eff      how many independent samples they are equivalent to, None if that is not known
    row        the row that decided the outcome
    phase      the phase that decided the outcome, if the run has several
    reason     why this outcome, as a sentence; only empty for a pass
    required   False: advisory, it never fails a run
    counts     False: it does not affect the outcome, even with `--strict` (advisory, or "100 not tried")
    open       why there is no firm verdict: `samples` (more would decide), `stall` (a stall may be hidden), `failures`
               (its operations failed), `silent` (nothing was measured), `void` (the run is void); empty otherwise
    """

    id: str
    title: str
    outcome: str
    unit: str
    limit: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    n_eff: float | None = None
    row: str = ""
    phase: str = ""
    reason: str = ""
    required: bool = True
    counts: bool = True
    open: str = ""

    @property
    def mark(self) -> str:
        """The outcome with its symbol, like `✅ Pass`."""
        return MARKS[self.outcome]


@dataclass(frozen=True, slots=True)
class Caution:
    """A reason to distrust the run, with its remedy.

    id      its name, like `loop_lag`
    text    what was observed, with numbers
    remedy  what to do
    void    True: the run gives no verdict
    """

    id: str
    text: str
    remedy: str
    void: bool = False


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The description of a run without its measurements; `run.json` in the run folder.

    id              name of the run and of its folder
    scenario        load, smoke, stress, …
    started, ended  ISO 8601, UTC
    host            URL of the deployment
    target          its name in reports and history
    users           at the peak
    command         that started the run, secrets masked
    origin          start of the first phase, seconds since the epoch; None: no load
    duration        planned seconds from the first user to the end
    mix             users of each kind at the peak
    rooms           by kind: seconds that the answers of a round may take before its user is late; {} in runs of 0.1.0
    phases          in order, times in seconds since the epoch
    has             what the run could measure (core.nfr.needs)
    lacks           why it could not measure the rest, by need or by requirement
    versions        of reznet-load, Locust and Python
    commit          short commit of the checkout, with `-dirty` if it has changes
    deployment      facts about the deployment (core.deployment)
    environment     operating system, processor, cores, Python
    fingerprint     hash of what makes runs comparable: target, dialect, processor, cores, requirements
    clock           the anchor of the run's times (core.system.clock); {} in runs of earlier versions
    clock_offsets   seconds that each worker's clock is ahead of the master's
    clock_readings  of each worker, pairs of (seconds by its clock, seconds ahead)
    workers         processes that hold users
    interrupted     True: ended by Ctrl-C
    stopped         why --stop-on-fail ended it early, empty if it did not
    strict          was --strict given?
    requirements    always empty: `nfr.toml` of the folder has them
    cautions        reasons to distrust it that occurred during the run
    notes           sentences by topic: set-up, clean-up, …; no decision depends on them
    probes          what each probe found `before` and `after` the load
    cost            the most it can cost (core.bill) and what it did cost (core.spent); {} if no provider is paid
    """

    id: str
    scenario: str
    started: str
    host: str
    target: str
    users: int
    command: str
    ended: str = ""
    origin: float | None = None
    duration: float = 0.0
    mix: dict[str, int] = field(default_factory=dict)
    rooms: dict[str, float] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    has: tuple[str, ...] = ()
    lacks: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    commit: str = ""
    deployment: DeploymentFacts = field(default_factory=DeploymentFacts)
    environment: dict[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    clock: dict[str, Any] = field(default_factory=dict)
    clock_offsets: dict[str, float] = field(default_factory=dict)
    clock_readings: dict[str, Any] = field(default_factory=dict)
    workers: int = 1
    interrupted: bool = False
    stopped: str = ""
    strict: bool = False
    requirements: str = ""
    cautions: tuple[Caution, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
    probes: dict[str, Any] = field(default_factory=dict)
    cost: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunResult:
    """All results of a run; `result.json`.

    outcome      of the run
    exit_code    of its command
    info         the description of the run without its measurements
    rows         summaries of all measurements
    verdicts     one for each requirement
    cautions     reasons to distrust the run
    findings     causes of what failed, the most costly first
    changes      each requirement against the comparable runs before
    regressions  requirements that got worse
    operations   the file of the run folder that has the slowest operations
    steps        each number of users that was held, in runs with more than one
    behaviour    what is judged in addition to the requirements: beyond the expected load, after it, over a long time
    capacity     what a search for the most users found, in runs that searched
    patterns     for each known pattern of trouble: found, not found, or not checked and why
    failures     kinds of failures, the most frequent first
    schema       version of this file's format
    """

    outcome: str
    exit_code: int
    info: RunInfo
    rows: tuple[Row, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    cautions: tuple[Caution, ...] = ()
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    regressions: tuple[Regression, ...] = ()
    operations: str = ""
    steps: tuple[Step, ...] = ()
    behaviour: tuple[Verdict, ...] = ()
    capacity: Capacity | None = None
    patterns: tuple[PatternCheck, ...] = ()
    failures: tuple[FailedKind, ...] = ()
    schema: int = SCHEMA
