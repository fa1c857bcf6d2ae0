"""What keeping operations costs the generator: `python benchmarks/operations.py`. Last line: JSON.

The recorder alone and with what finds an operation again, in turns in one process: a run's worst case (each operation is
slower than the last, so that each is kept) and its usual one. And the ids that every request carries.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

from locust.env import Environment

from reznet_load.core.measured.measurement import Measurement
from reznet_load.load.record import Recorder, use_fine_buckets
from reznet_load.load.samples.kept_operations import identify, named

COUNT, ROUNDS = 20_000, 9


def main() -> None:
    """Time each in turn, the median of rounds."""
    use_fine_buckets()
    environment = Environment()
    environment.create_local_runner()
    recorder = Recorder(environment)
    ids = named(identify())
    usual = [20.0 + (number * 7919 % 997) / 100 for number in range(COUNT)]

    def record(values: list[float], about: bool) -> Callable[[], None]:
        def act() -> None:
            for number, value in enumerate(values):
                facts = ids | {"user": "load-chat-1", "channel": "c", "text": "msg abcde"} if about else None
                recorder.record(Measurement("CHAT", "echo", value, 1000.0 + number / 50, about=facts))

        return act

    def draw() -> None:
        for _ in range(COUNT):
            identify()

    acts = {
        "record": record(usual, False),
        "record_and_keep": record(usual, True),
        "each_slower": record(sorted(usual), True),
        "ids": draw,
    }
    spent: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(ROUNDS):
        for name, act in acts.items():
            recorder.operations.start()
            began = time.perf_counter()
            act()
            spent[name].append((time.perf_counter() - began) / COUNT * 1e6)
            recorder.take()
            recorder.operations.take(whole=True)
    micros = {name: round(statistics.median(rounds), 2) for name, rounds in spent.items()}
    for name, value in micros.items():
        print(f"{name:<16} {value:6.2f} µs")
    extra = micros["record_and_keep"] - micros["record"] + micros["ids"]
    print(json.dumps({"micros": micros, "extra_vs_record": round(extra / micros["record"], 2)}))


if __name__ == "__main__":
    main()
