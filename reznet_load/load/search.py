"""A capacity search as one run: a load shape that asks the judge between two steps what to try next.

The judge is `reznet-load verdicts -`, a separate process that judges the present step, as for the web UI's tab;
`verdict.capacity` decides what follows. Set-up is done once; channels for more users are created as they arrive.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gevent

from reznet_load.core.profile import SETTLE, STEADY, STEP, Phase, Profile, UserLevel, rate
from reznet_load.load.console import say
from reznet_load.load.live_judge import Judging
from reznet_load.load.shapes import ProfileShape
from reznet_load.load.user_context import shared_by
from reznet_load.verdict.capacity.search import FAIL, OPEN, PASS, VOID, Lengths, Next, TriedStep, between, next_step

LOOKS = 11  # in a step of full length, at most: one every four seconds of 45
SURE_LOOKS = 2  # a Fail in so many consecutive checks ends its step early
# of a step, before anything ends it: in 15 of 45 s a rate of 7 per second or more has its 100 replies
LEAST_SHARE = 1 / 3
_SLACK_SECONDS = 35.0  # for the judge's answers between steps, each some seconds later than the samples


def capacity(users: int, hold: float, settle: float) -> Profile:
    """The start of a search: `users`, `settle` and `hold` s per step; the rest of its time is a stage that the search
    replaces.
    """
    rest = Lengths(settle, hold).budget + _SLACK_SECONDS - settle - hold
    return Profile(
        (UserLevel("search", users, settle, hold, part=STEP), UserLevel("the rest", users, 0.0, rest, part=STEP))
    )


class SearchShape(ProfileShape):
    """The first stage of its profile (from `capacity`) sets the first number of users and the length of a step."""

    abstract = True

    def __init__(self) -> None:
        super().__init__()
        self._lengths = Lengths(0.0, 0.0)
        self._users = 0
        self._rate = 1.0
        self._phases: list[Phase] = []
        self._judging = Judging()
        self._behind = 0.0  # s between the samples and the judge's last answer, needed for all samples to arrive
        self.tried: list[TriedStep] = []
        self._over = False

    def begin(self) -> None:
        """Start the clock and the search."""
        super().begin()
        stage = self.profile.stages[0]
        self._lengths = Lengths(stage.settle, stage.hold)
        gevent.spawn(self._search)

    @property
    def over(self) -> bool:
        """Is the result known?"""
        return self._over

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The steps so far, the last of them with its planned end."""
        return tuple(self._phases)

    def asked(self) -> tuple[int, float] | None:
        """The present step."""
        return None if self._over else (self._users or self.profile.stages[0].users, self._rate)

    def _search(self) -> None:
        try:
            while (coming := self._next()).what != "end":
                self._take(coming)
            self._say(coming.why)
            self._judge_the_answer()
        finally:
            self._judging.close()
            self._over = True

    def _next(self) -> Next:
        """The next step, within the time left by the clock: on a busy machine the judge itself takes time."""
        between = self.elapsed - sum(one.seconds + self._lengths.settle for one in self.tried)
        first = self.profile.stages[0].users
        return next_step(self.tried, self._lengths, first, max(0.0, between - _SLACK_SECONDS))

    def _take(self, coming: Next) -> None:
        """Begin a step, or lengthen the last one."""
        longer = coming.what == "longer"
        confirms = self.tried[-1].confirms if longer else coming.what == "confirm"
        number = len(self.tried) if longer else len(self.tried) + 1
        self._say(f"step {number}: {coming.users} users, {coming.what} for {coming.seconds:.0f} s", coming.why)
        if longer:
            self._phases[-1] = replace(self._phases[-1], end=self._phases[-1].end + coming.seconds, judged=True)
        else:
            name = f"confirmation of {coming.users}" if confirms else f"step {number}: {coming.users}"
            if self.tried and self.tried[-1].state == FAIL:
                self._drain(name, coming.users)
            self._settle(name, coming)
        state, why = self._watch()
        held = self._phases[-1]
        self._phases[-1] = replace(held, end=min(held.end, self.elapsed), judged=False)
        self._say(f"  {coming.users} users: {state}", why)
        if longer:
            self.tried.pop()
        self.tried.append(TriedStep(coming.users, state, self._phases[-1].seconds, confirms, longer))

    def _drain(self, name: str, users: int) -> None:
        """Hold few users for a while after a failed step: its queue would make the next one fail.

        Near the capacity it empties slowly: 33 turns left by 119 users of a target for 120 took 109 users 45 s.
        """
        settle = self._lengths.settle
        now = self.elapsed
        few = max(1, (between(self.tried)[0] or users) // 2)
        self._rate = rate(self._users, few, settle / 3)
        self._users = few
        self._phases.append(Phase(f"drain before {name}", now, now + settle, few, False, SETTLE))
        gevent.sleep(settle)

    def _settle(self, name: str, coming: Next) -> None:
        settle, now = self._lengths.settle, self.elapsed
        part = STEADY if coming.what == "confirm" else STEP
        self._rate = rate(self._users, coming.users, settle * 2 / 3)
        self._users = coming.users
        self._phases.append(
            Phase(f"to {name}" if self._phases else "ramp-up", now, now + settle, coming.users, False, SETTLE)
        )
        self._phases.append(Phase(name, now + settle, now + settle + coming.seconds, coming.users, True, part))
        gevent.sleep(settle)

    def _watch(self) -> tuple[str, str]:
        """(state of the present step, at its end or as soon as it is certain; why)."""
        phase = self._phases[-1]
        state = OPEN
        why = "the judge did not answer"
        failing = 0
        while (left := phase.end - self.elapsed) > 0:
            gevent.sleep(min(left, self._lengths.hold / LOOKS))
            if self.elapsed >= phase.end:
                break
            answer = self._ask(phase)
            if answer is not None:
                state, why = answer
            failing = failing + 1 if answer is not None and state in (FAIL, VOID) else 0
            if failing >= SURE_LOOKS and self.elapsed - phase.start >= LEAST_SHARE * self._lengths.hold:
                return state, why
        gevent.sleep(self._behind)  # then the answer covers the whole step, like the report
        return self._ask(phase) or (state, why)

    def _ask(self, phase: Phase) -> tuple[str, str] | None:
        """The judge's answer about `phase`; None if it has none yet."""
        assert self.runner is not None
        folder = shared_by(self.runner.environment).folder
        assert folder is not None
        try:
            standing = json.loads(self._judging.ask(folder))
        except ValueError:
            self._judging.close()
            return None
        self._behind = standing.get("behind", 0.0)
        judged = standing.get("judged", [])
        return state_of(standing) if any(text.startswith(f"{phase.name}, ") for text in judged) else None

    def _judge_the_answer(self) -> None:
        """Choose the phase that carries the run's verdicts: the confirmation, else the step that gave the result, or
        the last.
        """
        low, high = between(self.tried)
        held = [number for number, phase in enumerate(self._phases) if phase.part != SETTLE]
        if not held:
            return
        wanted = [n for n in held if self._phases[n].part == STEADY] or [
            n for n in held if self._phases[n].users == (low or high)
        ]
        number = (wanted or held)[-1]
        self._phases[number] = replace(self._phases[number], judged=True)

    def _say(self, *words: str) -> None:
        minutes, seconds = divmod(int(self.elapsed), 60)
        say(f"{minutes:02d}:{seconds:02d}  {': '.join(filter(None, words))}")


def state_of(standing: dict[str, Any]) -> tuple[str, str]:
    """(PASS, FAIL, OPEN or VOID; the requirements that decided with their reasons) from a judge's answer."""
    if any(caution["void"] for caution in standing["cautions"]):
        return VOID, next(caution["text"] for caution in standing["cautions"] if caution["void"])
    counted = [v for v in standing["verdicts"] if v["required"] and v["counts"]]
    if standing.get("rising"):
        return FAIL, standing["rising"]
    for state, outcomes in ((FAIL, ("fail",)), (OPEN, ("warning", "pending"))):
        if reasons := list(_reasons(counted, outcomes)):
            return state, "; ".join(reasons)
    return (PASS, "") if counted else (OPEN, "nothing was judged")


def _reasons(verdicts: list[dict[str, Any]], outcomes: tuple[str, ...]) -> Iterator[str]:
    return (f"{v['title']}: {v['reason']}" for v in verdicts if v["outcome"] in outcomes)
