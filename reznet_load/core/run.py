"""A run and what is known of it: RunInfo, Verdict, Caution, and RunResult = `result.json`."""

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

# 4: `info.stopped`. 3: a failure has ids of channels and messages. 1: `dialect` and `backend_commit` stood in `info` itself
# (0.1.0). All are read.
SCHEMA = 4
SUITE = "perf"  # the scenario of the performance suite: one user, no load

# outcome -> exit code, the higher line wins (docs/results.md has the table).
EXIT_CODES = {"interrupted": 130, "void": 3, "fail": 1, "unjudged": 2, "warning": 0, "pass": 0}
INVALID = ("void", "interrupted")  # outcomes after which a run says nothing about the backend to other runs' documents
MARKS = {"pass": "✅ Pass", "fail": "❌ Fail", "warning": "⚠️ Warning", "pending": "⏳ Pending"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one requirement with its evidence.

    value, low, high   in `unit`; low and high bound the value (two-sided 90 %), None where no interval exists
    n                  samples behind it, worth `n_eff` independent ones where that is known
    row                which decided, and its phase where the run has several
    counts             False: neither for the outcome nor for `--strict` (advisory, or "100 not tried")
    reason             why this outcome, in words for the reader; never empty for anything but Pass
    open               why there is no firm verdict, as a value, where it is known: `samples` (more would tell), `stall` (one
                       may be hidden), `failures` (its operations failed), `silent` (nothing was measured), `void` (the run is)
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
        """`✅ Pass` and its siblings."""
        return MARKS[self.outcome]


@dataclass(frozen=True, slots=True)
class Caution:
    """A reason to distrust the run, with its remedy. `void`: no verdict may come from this run."""

    id: str
    text: str
    remedy: str
    void: bool = False


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What is known of a run, apart from its numbers; `run.json` in the run folder.

    started, ended   ISO 8601, UTC; `origin` is the start of the first phase in seconds since the epoch (None: no load)
    phases           in seconds since the epoch, from the actual start; `mix`: users of each kind at the peak
    rooms            seconds that the answers of a round may take before its user is late, by kind; {} in runs of 0.1.0
    has              what the run could measure (core.nfr.needs), `lacks` why not, by need or by requirement
    clock            the anchor of the run's times (core.system.clock); {} in runs of earlier versions
    clock_offsets    seconds that a worker's clock is ahead of the master's; `clock_readings`: pairs of (s by its clock, s ahead)
    cost             what it may cost (core.bill), and what it did (core.spent); {} where nothing is paid for
    probes           what each probe found `before` and `after` the load
    stopped          why --stop-on-fail ended it early, `` where it did not
    deployment       what is known of it (core.deployment)
    notes            sentences for the reader, by topic: set-up, clean-up, …; nothing is decided by them
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
    """The whole truth of a run; `result.json`.

    operations  the file of the run folder that has the slowest operations
    steps       each number of users that was held, in runs with more than one
    behaviour   what is judged in addition to the requirements: beyond the expected load, after it, over a long time
    failures    what failed, kind by kind, the most frequent first
    capacity    what a search for the most users found, in runs that searched
    patterns    of each known pattern of trouble whether it was found, not found, or not checked and why
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
