"""One side of a duel between master and workers, in a separate process: importing Locust patches the interpreter."""

from __future__ import annotations

from tests.load.test_record import run

MESSAGES = """
from reznet_load.load.duel.side_runner import SideRunner

class Runner:
    def __init__(self):
        self.sent, self.heard = [], []
    def send_message(self, name, data=None, client_id=None):
        self.sent.append(name)
    def register_message(self, name, listener, concurrent=False):
        self.heard.append(name)

runner = Runner()
side = SideRunner(runner, "B")
side.send_message("reznet_block")
side.send_message("stats")
side.register_message("reznet_block", None)
print(*runner.sent, *runner.heard)
"""

ADOPTED = """
from locust import User
from locust.env import Environment
from reznet_load.core.settings.settings import Settings
from reznet_load.load.duel.side import DuelSide
from reznet_load.load.workers.terms import from_data, terms_of, to_data

class Nothing(User):
    abstract = True

environment = Environment(user_classes=[Nothing])
environment.create_local_runner()
side = DuelSide(environment, 1, Settings(), "")
user = side.user_class(Nothing)
master = Settings(host="http://10.0.0.9:8000", headers={"X-Key": "of b"}, path="/v1/chat/completions")
side.adopt(from_data(to_data(terms_of(master, ()))))
taken = side.setup.shared.settings
print(user.host, side.environment.host, taken.headers["X-Key"], taken.path)
"""


def test_our_messages_carry_the_side_and_locusts_report_carries_both() -> None:
    assert run(MESSAGES).split() == ["reznet_block_B", "stats", "reznet_block_B"]


def test_a_worker_of_another_machine_has_the_masters_options_of_a_side() -> None:
    host = "http://10.0.0.9:8000"
    assert run(ADOPTED).split() == [host, host, "of", "b", "/v1/chat/completions"]
