"""A new kind of user needs one file and one row of the table; no other code is edited.

The tests run it in processes of its own, because importing Locust patches the interpreter.
"""

from __future__ import annotations

import json
from pathlib import Path

from reznet_load.core.kinds import KINDS
from reznet_load.core.settings.mix import mix_text
from reznet_load.report.render import render
from reznet_load.result.assemble import judge_folder
from tests import builders
from tests.load.test_record import run

VOICE = '''
"""`voice`: a user that speaks."""

from locust import task

from reznet_load.users.pinging_user import PingingUser


class VoiceUser(PingingUser):
    """Times the answer to each sentence."""

    kind = "voice"

    @task
    def speak(self) -> None:
        """One round: a sentence and its answer."""
        self.ping(self.begin())
'''
LOCUSTFILE = """
from reznet_load.core.profile import Plan, steady
from reznet_load.load.scenario import scenario

Shape = scenario("load", Plan(steady, users=50, duration=60, ramp=10))
"""
DRIVEN = """
import json, sys
sys.path.insert(0, {folder!r})
from reznet_load.core.kinds import AGENTS, CHANNEL, KINDS, Kind, users_with
KINDS["voice"] = Kind("voice", "voice_user:VoiceUser", 10, (("start", 3.0),), (CHANNEL, AGENTS), "no voices in the mix")

from reznet_load.core.needs import needs
from locust import events
from locust.argument_parser import get_parser
from locust.env import Environment
from locust.util.load_locustfile import load_locustfile

classes, shapes = load_locustfile({locustfile!r})
parser = get_parser()
words = ["--host=http://127.0.0.1:1", "--mix=voice=3,rest=1", "--think=voice=1.5", "-f", {locustfile!r}]
environment = Environment(events=events, parsed_options=parser.parse_args(words), user_classes=list(classes.values()))
setup = events.init._handlers[0].__self__
settings = setup.settings(environment)
setup.choose_users(environment, settings)

from reznet_load.deployment.forecast import questions
from reznet_load.deployment.prepare import share
from reznet_load.users import VoiceUser
mix = share(settings.mix, 40)
print(json.dumps(dict(
    classes=sorted(classes), shapes=len(shapes),
    chosen={{user.__name__: user.weight for user in environment.user_classes}},
    mix=mix, channels=users_with(mix, CHANNEL), asked=questions(settings, mix),
    period=settings.period("voice"), need=needs()["voice"], help=" ".join(parser.format_help().split()),
    same=VoiceUser is classes["VoiceUser"],
)))
"""


def test_a_file_and_a_row_drive_a_new_kind_of_user(tmp_path: Path) -> None:
    (tmp_path / "voice_user.py").write_text(VOICE)
    locustfile = tmp_path / "load.py"
    locustfile.write_text(LOCUSTFILE)
    found = json.loads(run(DRIVEN.format(folder=str(tmp_path), locustfile=str(locustfile))))
    assert found.pop("help").count(f"{mix_text()},voice=10") == 1
    assert found == {
        "classes": sorted(
            [*(name.rpartition(":")[2] for kind in KINDS.values() for name in kind.classes), "VoiceUser"]
        ),
        "shapes": 1,
        "chosen": {"RestUser": 1, "VoiceUser": 3},
        "mix": dict.fromkeys(KINDS, 0) | {"rest": 10, "voice": 30},
        "channels": 30,
        "asked": 20,  # 30 users, every 1.5 s
        "period": 1.5,
        "need": "no voices in the mix",
        "same": True,
    }


def test_the_document_counts_the_users_of_a_new_kind(tmp_path: Path) -> None:
    run = builders.info(mix={"rest": 2, "voice": 3}, has=("rest", "voice"))
    folder = builders.write_run(tmp_path / "run", *builders.healthy(), run)
    assert "Users: 2 `rest`, 3 `voice`" in render(judge_folder(folder))


def test_each_class_in_the_table_has_the_kind_of_its_row() -> None:
    script = """
    from reznet_load.core.kinds import KINDS
    from reznet_load.core.named import load_named
    classes = [(kind.name, load_named(user), user == kind.stream_user) for kind in KINDS.values() for user in kind.classes]
    print([name for name, user, streams in classes if (user.kind, user.streams) != (name, streams)], len(classes) > 4)
    """
    assert run(script) == "[] True"


def test_importing_the_package_of_users_does_not_import_locust() -> None:
    assert run("import sys, reznet_load.users, reznet_load.core.kinds; print('locust' in sys.modules)") == "False"


PINGS = """
import contextlib, sys
from types import SimpleNamespace as Of
sys.path.insert(0, {folder!r})
from gevent.event import AsyncResult
from reznet_load.chat.dialect import Event
from reznet_load.dialects.reznet import V2
from voice_user import VoiceUser

class Peer:
    # a session whose server answers each ping unless `deaf`: first with the pong of another user, then with the right one
    connected, ids = True, {{}}
    def wait(self): return AsyncResult()
    def awaiting(self): return contextlib.nullcontext()
    def ask(self, ping):
        number = ping.data["timestamp"]
        for pong in () if deaf else (number + 1000, number):
            voice.on_event(Event(V2.events.pong, {{"timestamp": pong}}), 12.5)
        return 12.0

seen = []
voice = VoiceUser.__new__(VoiceUser)
import itertools
voice._pong, voice._pings, voice.name, voice.session = None, itertools.count(1), "v", Peer()
timeouts = Of(pong=0.05)
voice.shared = Of(dialect=V2, settings=Of(timeouts=timeouts), recorder=Of(record=seen.append))
for deaf in (False, True, False):
    voice.ping(None)
print([(one.kind, one.name, one.error, one.value if one.error is None else None) for one in seen])
"""


def test_a_new_kind_pings_with_the_code_that_it_inherits(tmp_path: Path) -> None:
    """Only the pong to the user's own ping counts. A missing pong is a failure, and does not spoil the next ping."""
    (tmp_path / "voice_user.py").write_text(VOICE)
    assert run(PINGS.format(folder=str(tmp_path))) == str(
        [
            ("CHAT", "ping", None, 500.0),
            ("CHAT", "ping", "no pong within 0.05 s", None),
            ("CHAT", "ping", None, 500.0),
        ]
    )
