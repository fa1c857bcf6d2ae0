"""The suite as a run: it begins with the first test, is judged test by test, and is reported after the last one."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from reznet_load.core import folder as run_folder
from reznet_load.core.kept.file import KeptFile, Loss
from reznet_load.core.kept.notes import RunNotes
from reznet_load.core.kept.samples import LAST_SECONDS, lost_caution
from reznet_load.core.kinds import KINDS
from reznet_load.core.nfr import Requirements
from reznet_load.core.profile import Phase, steady
from reznet_load.core.run import EXIT_CODES, SUITE, Verdict
from reznet_load.core.settings.accounts import read_accounts
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system import clock
from reznet_load.deployment import channels
from reznet_load.deployment.alive.hold import NOTE as SHOWN_ON
from reznet_load.deployment.alive.hold import Hold
from reznet_load.deployment.announce import cost_lines
from reznet_load.deployment.api import Api
from reznet_load.deployment.blocking_session import BlockingSession
from reznet_load.deployment.preflight import Deployment
from reznet_load.deployment.prepare import Prepared, prepare
from reznet_load.dialects.reznet import RezNet
from reznet_load.drive.finish import abandon, conclude, sweep
from reznet_load.drive.signals import Stopper
from reznet_load.drive.stack import Stack, starting
from reznet_load.result.files import requirements_of
from reznet_load.suite import judging
from reznet_load.suite.asker import Asker
from reznet_load.suite.record import LagWatch, Record
from reznet_load.suite.scope import ASKER, BROWSER, Scope
from reznet_load.suite.servers import Servers
from reznet_load.suite.suite_spending import SuiteSpending
from reznet_load.suite.timed_calls import Browser

_PLANNED_SECONDS = 60.0  # instead of a plan: the suite takes as long as its tests do
_KEPT_SECONDS = 3600.0  # after this time its channels are certainly left over


@dataclass(frozen=True, slots=True)
class SuiteChoice:
    """Choices for a run of the suite in addition to its settings.

    target    options of the embedded target
    command   as the user gave it, for the document
    most      largest number of samples of each kind, 0: the default numbers
    quick     without what needs a provider
    """

    target: str = ""
    command: str = ""
    most: int = 0
    quick: bool = False


class PerformanceSuite:
    """The object that tests get. `say` prints for the reader even if pytest captures output."""

    def __init__(self, settings: Settings, choice: SuiteChoice, scope: Scope, say: Callable[[str], None]) -> None:
        self.settings = settings
        self._choice = choice
        self.scope = scope
        self.say = say
        self.record = Record()
        self._stack = ExitStack()
        self._prepared: Prepared | None = None
        self._asker: Asker | None = None
        self._browser: Browser | None = None
        self._origin = 0.0
        self._channels = 0
        self._hold: Hold | None = None

    def begin(self) -> None:
        """Start target, run folder and watch. Raises ConfigError and TargetError before anything is measured."""
        self._stopper = self._stack.enter_context(Stopper())
        if not self.settings.host:
            self.say(starting(self._choice.target))
            self.settings = self._stack.enter_context(Stack(self._choice.target)).settings(self.settings)
        doubt = sweep(self.settings)
        self._account: dict[str, Any] = next(iter(read_accounts(self.settings.accounts)), {})
        if self._choice.quick:
            self.settings = replace(self.settings, providers={})
        user = BROWSER if self._choice.quick else ASKER  # questions may cost money
        mix = {kind: int(kind == user) for kind in KINDS}
        planned = steady(1, _PLANNED_SECONDS, 0)
        self._prepared = prepare(replace(self.settings, mix=mix), SUITE, planned, self._choice.command, doubt)
        self._made = KeptFile(self.folder / run_folder.CHANNELS)
        self._notes = RunNotes(self.folder)
        # Two runs started in the same second on two machines must have different names.
        self._token = f"{self.folder.name.split('_')[0]}-{secrets.token_hex(2)}"
        if not self._choice.quick:
            self._show_on()
        self.requirements: Requirements = requirements_of(self.folder)
        self._spending = SuiteSpending(self.folder, self._prepared.info.cost)
        self.servers = Servers(self.settings, self._prepared.info, self.record, self._spending)
        if self.settings.providers:  # imported now: later it would cause a pause during the measurements
            import reznet_load.suite.provider  # noqa: F401
        self._watch = LagWatch(self.record)
        self._origin = clock.now()
        self._note_phase(self._origin + _KEPT_SECONDS)
        run_folder.update_info(self.folder, origin=self._origin, mix={}, has=[])
        self._announce(self._prepared)
        self._watch.start()

    def _show_on(self) -> None:
        """Announce the run before channels are created: other runs must know that it is on."""
        self._made.add(f"#{channels.PREFIX}{self._token}-\n".encode())
        self._made.flush()
        self._hold = Hold(self.settings, self._token)
        self._stack.callback(self._hold.end)
        self._notes.update(notes={SHOWN_ON: self._hold.text})

    def _announce(self, prepared: Prepared) -> None:
        """Say, before the first call, what the run drives, creates and may cost."""
        made = "nothing" if self._choice.quick else "two channels of its own, removed at the end"
        self.say(f"one user, no load, against {prepared.info.host} (dialect {prepared.info.deployment.dialect})")
        self.say(f"creates {made}; run folder {prepared.folder}")
        for line in cost_lines(prepared, self.settings):
            self.say(line)

    @property
    def folder(self) -> Path:
        """The run folder."""
        assert self._prepared is not None
        return self._prepared.folder

    @property
    def deployment(self) -> Deployment:
        """What the deployment reports about itself."""
        assert self._prepared is not None
        return self._prepared.deployment

    @property
    def dialect(self) -> RezNet:
        """The dialect of the deployment."""
        return self.deployment.speaks

    @property
    def simulated(self) -> bool:
        """Are replies free of charge?"""
        return self.deployment.simulated

    def count(self, simulated: int, real: int | None = None) -> int:
        """How often to measure: `real` if a provider is paid for; never more than `--samples`."""
        wanted = simulated if self.simulated or real is None else real
        return min(wanted, self._choice.most or wanted)

    def browser(self) -> Browser:
        """The user's HTTP connection."""
        if self._browser is None:
            self._browser = Browser(self.settings, self._account, self.record)
            self._stack.callback(self._browser.close)
        return self._browser

    def asker(self) -> Asker:
        """The user's socket, with two channels of its own. Raises BlockingSessionError and TargetError."""
        if self._asker is None:
            conversation = BlockingSession(self.settings, self._account, self.dialect)
            conversation.open()
            self._stack.callback(conversation.close)
            self._asker = Asker(
                self.settings, self.deployment.agents, conversation, self.record, self._spending, self._channel
            )
        return self._asker

    def _channel(self) -> str:
        self._channels += 1
        api, until = Api(self.settings, account=self._account, patient=True), time.time() + _KEPT_SECONDS
        alive = self._hold.sign.text if self._hold and self._hold.sign else ""
        made = channels.make(api, self._token, self._channels, until, self.dialect, alive)
        self._made.add(f"{made}\n".encode())
        self._made.flush()
        return made

    def judge(self, row: str, *nfrs: str, statistic: str = "") -> tuple[Verdict, ...]:
        """Print what `row` measured, and the verdict on it for each of `nfrs`."""
        self.record.flush(self.folder)
        assert self._prepared is not None
        now = clock.now()
        so_far = replace(self._prepared.info, phases=(self._phase(now),))
        measured, found, info = judging.measured(row, self.folder, so_far, now)
        wanted = [
            replace(nfr, statistic=statistic or nfr.statistic) for nfr in self.requirements.nfrs if nfr.id in nfrs
        ]
        verdicts = tuple(judging.verdict_on(nfr, row, found, info) for nfr in wanted)
        self.say(f"\n    {row}: {judging.figures(measured)}")
        for verdict in verdicts:
            self.say(f"    {judging.sentence(verdict)}")
        return verdicts

    def _phase(self, end: float) -> Phase:
        return Phase("suite", self._origin, end, 1, True)

    def _note_phase(self, end: float) -> None:
        self._notes.update(phases=[asdict(self._phase(end))])

    def end(self, interrupted: bool) -> int:
        """Clean up, judge the whole run, write the document; returns the run's exit code."""
        with self._stack:
            if self._prepared is None:
                return EXIT_CODES["interrupted" if interrupted else "unjudged"]
            self._stopper.over = True
            self._watch.stop()
            if self._hold is not None:
                self._hold.end()
            self._note_phase(clock.now())
            facts = self.servers.close()
            self.record.flush(self.folder)
            if not self.scope.measured:
                code = abandon(self.folder, self.settings)
                return EXIT_CODES["interrupted"] if interrupted else code
            losses = self.record.close()
            try:
                text = json.dumps(facts, ensure_ascii=False, indent=1) + "\n"
                run_folder.write_text(self.folder / run_folder.FACTS, text)
            except OSError as error:
                losses.append(Loss(run_folder.FACTS, "file", 1, error.strerror or str(error)))
            lost = lost_caution(losses)
            self._notes.update(
                ended=run_folder.now(),
                interrupted=interrupted,
                has=self.scope.has(self.requirements),
                lacks=self.scope.lacks(self.requirements),
                cautions=[asdict(lost)] if lost else [],
            )
            self._notes.close(LAST_SECONDS)
            return conclude(self.folder, self.settings, "void" if lost else "unjudged")
