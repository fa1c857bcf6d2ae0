"""`reznet-load failures`: a run that cuts off and restores one part after another, and observes each recovery."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError, ReznetLoadError
from reznet_load.core.kept.notes import RunNotes
from reznet_load.core.kept.samples import LAST_SECONDS
from reznet_load.core.phases.outages import BEFORE, NOT_CUT, PARTS, SCENARIO, Outage, outage
from reznet_load.core.profile import SETTLE, STEADY, Phase
from reznet_load.core.ready_target import ReadyTarget
from reznet_load.core.run import Caution, RunInfo
from reznet_load.core.run_files import read_info
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system import clock
from reznet_load.core.units import format_duration
from reznet_load.drive.cutting import CommandCutter, Cutter, RelayCutter
from reznet_load.drive.locusts import Locusts
from reznet_load.drive.whole_run import run

_STEP = 0.05  # seconds between checks of the clock
USERS = 50
BEFORE_SECONDS = 30.0
RAMP_SECONDS = 10.0
# A recovery is a Pass if it shows in three windows of 10 s that begin at most 60 s after the cut
# (verdict/beyond/recovery.py), so at least 90 s are needed.
RECOVERY_SECONDS = 90.0
MOST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class OutagePlan:
    """`before` seconds of load; then each of `parts` is cut off for `gone` seconds and observed for `watch` seconds."""

    parts: tuple[str, ...] = tuple(PARTS)
    before: float = BEFORE_SECONDS
    gone: float = 10.0
    watch: float = RECOVERY_SECONDS

    @property
    def seconds(self) -> float:
        """Seconds from the end of the ramp to the end of the run."""
        return self.before + len(self.parts) * (self.gone + self.watch)

    def check(self) -> None:
        """Raises ConfigError if there is no part to cut, or if a time is too short or the whole too long."""
        if not self.parts:
            raise ConfigError(f"--part: nothing to cut, expected some of {', '.join(PARTS)}")
        for option, seconds in (("--gone", self.gone), ("--recovery", self.watch)):
            if seconds < 1:
                raise ConfigError(f"{option}: read {format_duration(seconds)}, expected 1s or more")
        if self.seconds > MOST_SECONDS:
            raise ConfigError(
                f"failures: {format_duration(self.seconds)} in all, expected {format_duration(MOST_SECONDS)} at most; shorten "
                "--duration, --gone or --recovery, or cut less with --part"
            )

    def outages(self, origin: float, ramp: float, users: int) -> tuple[Outage, ...]:
        """The planned outages of a run that starts at `origin` (seconds since the epoch) with a ramp of `ramp` seconds."""
        step = self.gone + self.watch
        begins = [origin + ramp + self.before + number * step for number in range(len(self.parts))]
        return tuple(
            outage(part, at, at + self.gone, at + step, users) for part, at in zip(self.parts, begins, strict=True)
        )


def failures(
    settings: Settings,
    plan: OutagePlan,
    cuts: dict[str, str],
    backs: dict[str, str],
    hang: bool,
    target: str,
    workers: int,
    words: list[str],
) -> int:
    """Run the plan and report it; returns the exit code of the run. Raises ConfigError.

    cuts, backs   part -> the user's command; empty for the embedded target, which has relays
    hang          the relays leave connections open without data
    target        options of the embedded target
    words         the command line as the user gave it
    """
    plan = _agreed(settings, plan, cuts, backs, hang)
    ramp = RAMP_SECONDS if settings.ramp is None else settings.ramp
    settings = replace(settings, users=settings.users or USERS, duration=plan.seconds, ramp=ramp)
    parts = ", ".join(PARTS[part] for part in plan.parts)
    print(
        f"after {format_duration(plan.before)}: {parts}, each away for {format_duration(plan.gone)} and watched for "
        f"{format_duration(plan.watch)}",
        flush=True,
    )

    @contextmanager
    def alongside(locusts: Locusts, ready: ReadyTarget | None) -> Iterator[None]:
        cutter = RelayCutter(ready.relay, hang) if ready else CommandCutter(cuts, backs)
        cutting = Cutting(locusts, plan, cutter, ramp)
        cutting.start()
        try:
            yield
        finally:
            cutting.finish()

    options = target if settings.host else f"{target} --relay".strip()
    return run(SCENARIO, settings, options, workers, words, alongside=alongside)


def _agreed(
    settings: Settings, plan: OutagePlan, cuts: dict[str, str], backs: dict[str, str], hang: bool
) -> OutagePlan:
    """The plan that is possible with these options. Raises ConfigError."""
    if not settings.host:
        if cuts or backs:
            raise ConfigError("--cut, --give-back: only with HOST; the embedded target uses its own relays")
    elif not cuts:
        raise ConfigError(
            "--cut: with HOST only your own commands can cut off a part: "
            "--cut 'redis=docker stop redis' --give-back 'redis=docker start redis'"
        )
    elif hang:
        raise ConfigError("--hang: only with the embedded target; with HOST your commands decide how a part is cut off")
    elif cuts.keys() != backs.keys():
        odd = ", ".join(sorted(cuts.keys() ^ backs.keys()))
        raise ConfigError(f"--cut, --give-back: only one of them names {odd}, expected both for each part")
    elif plan.parts != tuple(PARTS) and (odd := ", ".join(part for part in plan.parts if part not in cuts)):
        raise ConfigError(f"--part: nothing cuts {odd}, expected a --cut and a --give-back for each --part")
    else:
        plan = replace(plan, parts=tuple(part for part in plan.parts if part in cuts))
    plan.check()
    return plan


class Cutting(threading.Thread):
    """Cuts parts off on schedule, and records the actual times in `run.json`.

    `finish` waits until no part is cut off.
    """

    def __init__(self, locusts: Locusts, plan: OutagePlan, cutter: Cutter, ramp: float) -> None:
        super().__init__(daemon=True)
        self._locusts = locusts
        self._plan = plan
        self._cutter = cutter
        self._ramp = ramp
        self._over = threading.Event()
        self._info: RunInfo | None = None
        self._done: list[Outage] = []
        self._problems: list[Caution] = []
        self._notes = RunNotes(Path())

    def run(self) -> None:
        """Cut the parts one after another, until all are done or `finish` is called."""
        self._info = self._begun()
        self._notes = RunNotes(self._locusts.folder or Path())
        if self._info is None or self._info.origin is None:
            return
        self._write(self._plan.outages(self._info.origin, self._ramp, self._info.users))
        due = self._info.origin + self._ramp + self._plan.before
        for part in self._plan.parts:
            if self._over.wait(max(0.0, due - clock.now())):
                return
            due = self._cut(part)

    def _begun(self) -> RunInfo | None:
        """Wait until the first phase has begun; None if `finish` is called before.

        From then until the end of the run no other process writes `run.json`.
        """
        while not self._over.wait(_STEP):
            folder = self._locusts.folder
            if folder is not None and (info := read_info(folder / run_folder.INFO)).origin is not None:
                return info
        return None

    def _cut(self, part: str) -> float:
        """Cut `part` off, restore it, record both; returns the time at which the next part may be cut."""
        assert self._info is not None
        began = clock.now()
        gone = False
        print(f"cutting off {PARTS[part]}", flush=True)
        try:
            self._cutter.cut(part)
            gone = True
            self._over.wait(self._plan.gone)
        except ReznetLoadError as error:
            self._problem(NOT_CUT + part, f"{PARTS[part]} could not be cut off: {error}.")
        finally:
            self._give_back(part)
        ended = clock.now()
        if gone:
            self._done.append(outage(part, began, ended, ended + self._plan.watch, self._info.users))
        return ended + self._plan.watch

    def _give_back(self, part: str) -> None:
        try:
            self._cutter.give_back(part)
            print(f"{PARTS[part]} is restored", flush=True)
        except ReznetLoadError as error:
            self._problem(f"still_cut_{part}", f"{PARTS[part]} could not be restored: {error}.")

    def _problem(self, id: str, text: str) -> None:
        self._problems.append(Caution(id, text, "Run the command by hand, and check that the part is up again."))

    def finish(self) -> None:
        """Wait until no part is cut off; then record the phases as they happened."""
        self._over.set()
        self.join()
        folder = self._locusts.folder
        if folder is None or self._info is None:
            return
        self._write(tuple(self._done))
        how = {f"{one.part} cut": self._cutter.how(one.part) for one in self._done}
        self._notes.update(cautions=[asdict(one) for one in self._problems], notes=how)
        self._notes.close(LAST_SECONDS)

    def _write(self, cut: tuple[Outage, ...]) -> None:
        folder = self._locusts.folder
        info = self._info
        assert folder is not None and info is not None and info.origin is not None
        steady, end = info.origin + self._ramp, info.origin + info.duration
        first = cut[0].gone.start if cut else end
        phases = [Phase("ramp-up", info.origin, steady, info.users, False, SETTLE)] if self._ramp else []
        phases.append(Phase(BEFORE, steady, first, info.users, True, STEADY))
        for one in cut:
            phases += [replace(phase, end=min(phase.end, end)) for phase in one.phases if phase.start < end]
        self._notes.update(phases=[asdict(phase) for phase in phases])
