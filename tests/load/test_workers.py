"""What master and workers must agree on, and workers that are away for a while."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.arrivals import Arrivals
from reznet_load.core.settings.settings import Settings, Timeouts
from reznet_load.load.workers.terms import SHARED, Terms, adopted, difference, from_data, terms_of, to_data
from tests.load.test_record import run

USERS = ("AgentUser", "ChatUser", "RestUser")


def terms(**options: object) -> Terms:
    return terms_of(Settings(**options), USERS)  # type: ignore[arg-type]


OTHERS = {
    "host": "http://10.0.0.1", "think": {"rest": (1.0,) * 4, "chat": (9.0,), "agent": (9.0,)}, "arrivals": Arrivals(5.0, "poisson"),
    "timeouts": Timeouts(gap=3.0), "mix": {"rest": 1, "chat": 0, "agent": 0}, "headers": {"X-Key": "geheim-one"},
    "cookies": {"session": "geheim-two"}, "socket_auth": {"token": "geheim-three"}, "socket_path": "/other/", "insecure": True,
    "compression": False,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_an_option_of_the_master_alone_reaches_every_worker(name: str) -> None:
    master, worker = terms(**{name: OTHERS[name]}), terms(trace="/here/only")
    assert difference(master, worker) == ""
    taken = adopted(worker.chosen, from_data(to_data(master)))
    assert getattr(taken, name) == OTHERS[name] and taken.trace == "/here/only"


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_an_option_of_a_worker_that_differs_is_refused_with_both_and_no_secret(name: str) -> None:
    said = difference(terms(), terms(**{name: OTHERS[name]}))
    assert SHARED[name] in said and "geheim" not in said
    assert difference(terms(**{name: OTHERS[name]}), terms(**{name: OTHERS[name]})) == ""


@pytest.mark.parametrize("name", ["prompts", "accounts", "ca"])
def test_files_are_compared_by_their_text_and_not_by_their_path(tmp_path: Path, name: str) -> None:
    here, there, other = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    for path, text in ((here, "same"), (there, "same"), (other, "another")):
        path.write_text(text)
    master = terms(**{name: str(here)})
    assert difference(master, terms()) == difference(master, terms(**{name: str(there)})) == ""
    assert SHARED[name] in difference(master, terms(**{name: str(other)}))
    assert from_data(to_data(master)).files == {name: "same"}


def test_a_dialect_of_a_file_is_run_from_the_workers_own_disk_alone(tmp_path: Path) -> None:
    """It is code: its digest is compared, its text is not sent."""
    here, there, other = tmp_path / "mine.py", tmp_path / "copied.py", tmp_path / "other.py"
    for path, text in ((here, "DIALECT = 'secret code'"), (there, "DIALECT = 'secret code'"), (other, "DIALECT = 2")):
        path.write_text(text)
    master, copied = terms(dialect=str(here)), terms(dialect=str(there))
    assert "secret code" not in str(to_data(master))
    assert difference(master, copied) == ""
    assert adopted(copied.chosen, from_data(to_data(master))).dialect == str(there)
    for worker in (terms(), terms(dialect="openai")):
        assert difference(master, worker) == (
            "--dialect there is not the master's mine.py: this file is code, and no code is sent to a worker; copy it to the "
            "worker's machine and start the worker with --dialect mine.py"
        )
    assert "is another text than the master's mine.py" in difference(master, terms(dialect=str(other)))
    assert "other.py' there and 'openai' at the master" in difference(
        terms(dialect="openai"), terms(dialect=str(other))
    )
    with pytest.raises(ConfigError, match=r"--dialect /nowhere\.py: cannot be read"):
        terms(dialect="/nowhere.py")


@pytest.mark.parametrize("what", ["reznet-load", "Locust", "Python"])
def test_another_version_is_refused_with_both(what: str) -> None:
    old = replace(terms(), versions=terms().versions | {what: "0.0.1"})
    said = difference(terms(), old)
    assert f"{what} 0.0.1 there" in said and terms().versions[what] in said
    assert "unknown there" in difference(terms(), replace(old, versions={}))


def test_other_classes_of_users_are_refused_with_both() -> None:
    said = difference(terms(), replace(terms(), users=("OwnUser", "RestUser")))
    assert "OwnUser, RestUser there" in said and "AgentUser, ChatUser, RestUser at the master" in said


ABSENCES = """
import json
from reznet_load.core.profile import Phase
from reznet_load.load.workers.absences import Absences

now = [1000.0]
absences = Absences(lambda: now[0])
absences.start(["w1", "w2"])
def seconds(count, *signs, step=1.0):
    for _ in range(count):
        now[0] += step
        for worker in signs:
            absences.sign(worker)
        absences.look({"w1": 25, "w2": 0 if "w2" not in signs else 24})
def told(phases=(Phase("steady", 1005.0, 1065.0, 49, True),)):
    return [(one.id, one.void, one.text) for one in absences.cautions(phases, 1000.0, now[0])]
"""


def absences(script: str) -> list[list[object]]:
    return json.loads(run(ABSENCES + script + "\nprint(json.dumps(told()))"))


def test_a_worker_that_was_away_for_nine_seconds_is_named_with_its_users_and_the_time() -> None:
    ((id_, void, text),) = absences("seconds(20, 'w1', 'w2'); seconds(9, 'w1'); seconds(20, 'w1', 'w2')")
    assert (id_, void) == ("worker_away_w2", True)
    assert "Worker w2 with its 24 users was away for 10s (20 s to 30 s" in str(text)


def test_a_worker_that_never_came_back_is_reported() -> None:
    ((_, void, text),) = absences("seconds(20, 'w1', 'w2'); seconds(30, 'w1')")
    assert void and "did not come back" in str(text)


def test_seconds_outside_of_a_judged_phase_do_not_void() -> None:
    ((_, void, _),) = absences("seconds(1, 'w1', 'w2'); seconds(4, 'w1'); seconds(60, 'w1', 'w2')")
    assert not void


@pytest.mark.parametrize(
    "script",
    [
        "seconds(60, 'w1', 'w2')",
        "seconds(20, 'w1', 'w2'); seconds(2, 'w1'); seconds(20, 'w1', 'w2')",
        "seconds(20, 'w1', 'w2'); seconds(1, step=9.0); seconds(20, 'w1', 'w2')",  # the master itself stood still
        "seconds(20, 'w1', 'w2'); absences.leave('w2'); seconds(20, 'w1')",
    ],
)
def test_present_workers_are_not_reported_as_away(script: str) -> None:
    assert absences(script) == []
