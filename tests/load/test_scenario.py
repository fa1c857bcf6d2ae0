"""What a locustfile states, and its defaults. In separate processes: importing Locust patches the interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reznet_load.core.kinds import KINDS
from reznet_load.core.probes import PROBES
from tests.load.test_record import run

HERE = Path(__file__).resolve().parents[2]
USERS = sorted(name.rpartition(":")[2] for kind in KINDS.values() for name in kind.classes)
LOADED = """
import json
from locust import events
from locust.env import Environment
from locust.util.load_locustfile import load_locustfile

classes, shapes = load_locustfile({path!r})
setup = next(one.__self__ for one in events.init._handlers if hasattr(one, "__self__"))
print(json.dumps(dict(
    name=setup.name, users=sorted(classes), set_up=sorted(user.__name__ for user in setup.users), probes=setup.probes,
    shapes=len(shapes), tab="_on_init" in [one.__name__ for one in events.init._handlers],
    users_at_the_peak=setup.plan.profile().peak, gentle=setup.gentle,
)))
"""
OLD = """
from reznet_load.core.profile import Plan, steady
from reznet_load.load.scenario import scenario
from reznet_load.users import ChatUser, RestUser
from reznet_load.web.requirements import requirements_tab

PLAN = Plan(steady, users=50, duration=60, ramp=10)
USERS = [RestUser, ChatUser]
PROBES = ["processes", "redis"]

requirements_tab()
Shape = scenario("load", PLAN, USERS, PROBES)
"""


def loaded(path: Path) -> dict[str, object]:
    return json.loads(run(LOADED.format(path=str(path))))


@pytest.mark.parametrize("path", sorted((HERE / "locustfiles").glob("*.py")), ids=lambda path: path.stem)
def test_a_shipped_locustfile_has_every_user_every_probe_and_the_tab(path: Path) -> None:
    found = loaded(path)
    assert found == {
        "name": path.stem,
        "users": USERS,
        "set_up": USERS,
        "probes": [name for name in PROBES if path.stem != "capacity" or name != "providers"],
        "shapes": int(path.stem != "web"),
        "tab": True,
        "users_at_the_peak": {"smoke": 5, "stress": 200, "spike": 200}.get(path.stem, 50),
        "gentle": path.stem != "herd",
    }


def test_a_locustfile_of_an_earlier_version_still_works(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(OLD)
    found = loaded(path)
    assert found["users"] == found["set_up"] == ["ChatUser", "RestUser"]
    assert found["probes"] == ["processes", "redis"] and found["tab"] is True


TABS = """
import json
from locust import events
from locust.argument_parser import get_parser
from locust.env import Environment
from locust.util.load_locustfile import load_locustfile

load_locustfile({path!r})
environment = Environment(parsed_options=get_parser().parse_args(["-f", {path!r}]))
environment.create_local_runner()
web_ui = environment.create_web_ui("127.0.0.1", 0, delayed_start=True)
for one in [one for one in events.init._handlers if one.__name__ == "_on_init"]:
    one(environment=environment, web_ui=web_ui)
print(json.dumps([tab["title"] for tab in web_ui.template_args["extended_tabs"]]))
"""


def test_a_locustfile_that_asks_for_the_tab_too_has_it_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(OLD)
    assert json.loads(run(TABS.format(path=str(path)))) == ["Requirements"]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ('scenario("load", PLAN, probes=["postgers"])', "read 'postgers', expected some of processes, postgres, redis"),
        ('scenario("load", PLAN, without=["provider"])', "read 'provider', expected some of processes"),
    ],
)
def test_an_unknown_probe_ends_the_run_before_it_begins(call: str, says: str) -> None:
    script = f"""
from reznet_load.core.profile import Plan, steady
from reznet_load.load.scenario import scenario
PLAN = Plan(steady, users=5, duration=5)
{call}
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2 and says in ended.stderr


CHOSEN = """
from types import SimpleNamespace
from locust import User
from reznet_load.core.errors import ConfigError
from reznet_load.core.profile import Plan, steady
from reznet_load.core.settings.settings import Settings
from reznet_load.load.scenario import ScenarioSetup
from reznet_load.users import RestUser

class Stranger(User):
    pass

for users, mix in (([Stranger], {"rest": 1}), ([RestUser], {"rest": 0, "chat": 2})):
    try:
        setup = ScenarioSetup("load", Plan(steady, 1, 1), users, [], True, False)
        setup.choose_users(SimpleNamespace(stop_timeout=None, runner=None), Settings(mix=mix))
    except ConfigError as error:
        print(error)
"""


def test_users_that_would_be_left_out_silently_are_an_error() -> None:
    assert run(CHOSEN).splitlines() == [
        f"Stranger: its kind read as None, expected one of {', '.join(KINDS)}",
        "--mix: none of its users is in this scenario, which has RestUser",
    ]
