"""How a worker handles Locust's `spawn` messages, in a separate process: importing Locust patches the interpreter."""

from __future__ import annotations

from tests.load.test_record import run

SCRIPT = """
import os, sys
from locust import User, argument_parser
from locust.env import Environment
from locust.rpc import Message
from reznet_load.core.settings.settings import Settings
from reznet_load.load.record import Recorder
from reznet_load.load.user_context import UserContext
from reznet_load.load.workers.accounts import AccountPool
from reznet_load.load.workers.serving import serve
from reznet_load.load.workers.terms import terms_of

class Nothing(User):
    abstract = True

master = Environment(user_classes=[Nothing]).create_master_runner("127.0.0.1", 0)
environment = Environment(user_classes=[Nothing])
worker = environment.create_worker_runner("127.0.0.1", master.server.port)
shared = UserContext(Settings(), Recorder(environment), None, None, None, AccountPool(), None, None)
serve(worker, shared, terms_of(Settings(), ["Nothing"]), lambda: None, None)

parsers, original = [], argument_parser.setup_parser_arguments
def counted(parser):
    parsers.append(parser)
    original(parser)
argument_parser.setup_parser_arguments = counted
options = argument_parser.default_args_dict() | {"of_the_master_alone": 7}
for number in range(5):
    job = {"timestamp": 1.0 + number, "host": "http://127.0.0.1:1", "stop_timeout": 0.0, "user_classes_count": {"Nothing": 0},
           "parsed_options": options}
    worker.handle_message(Message("spawn", job, worker.client_id))
print(len(parsers), environment.parsed_options.of_the_master_alone, "of_the_master_alone" in argument_parser.default_args_dict())
sys.stdout.flush()
os._exit(0)
"""


def test_a_spawn_message_parses_no_option_again() -> None:
    parsers, adopted, remembered = run(SCRIPT).split()
    assert int(parsers) <= 2  # one for the defaults, one for the worker's own options
    assert (adopted, remembered) == ("7", "False")
