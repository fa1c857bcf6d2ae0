"""The command line of a duel: what each side gets, and what is refused before anything is started."""

from __future__ import annotations

import pytest

from reznet_load.cli import build_parser, main
from reznet_load.commands.duels import contenders

TWO = ["duel", "--a", "http://127.0.0.1:8000", "--b", "http://127.0.0.1:8001"]


def sides(*words: str, **environ: str):
    return contenders(build_parser().parse_args([*TWO, *words]), environ)


def test_headers_are_added_to_those_for_both() -> None:
    a, b = sides("--header", "X-Test: 1", "--header-a", "Authorization: Bearer aaaa", "--header-b", "X-Test: 2")
    assert a.settings.headers == {"X-Test": "1", "Authorization": "Bearer aaaa"}
    assert b.settings.headers == {"X-Test": "2"}


def test_each_side_may_have_servers_of_its_own() -> None:
    a, b = sides(
        DATABASE_URL="postgresql://x@127.0.0.1/both",
        DATABASE_URL_B="postgresql://x@127.0.0.1/b",
        REDIS_URL_A="redis://127.0.0.1/1",
    )
    assert a.settings.database_url.endswith("/both") and b.settings.database_url.endswith("/b")
    assert a.settings.redis_url == "redis://127.0.0.1/1" and b.settings.redis_url == ""


def test_without_deployments_both_sides_are_embedded_targets() -> None:
    a, b = contenders(build_parser().parse_args(["duel", "--target-b=--process-time 1.2"]), {})
    assert (a.settings.host, a.target, b.settings.host, b.target) == ("", "", "", "--process-time 1.2")


def test_a_against_a_has_one_side_twice() -> None:
    a, b = contenders(build_parser().parse_args(["duel", "--aa", "--a", "http://127.0.0.1:8000"]), {})
    assert a == b


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--a", "http://127.0.0.1:1"], "--b: expected the deployment to compare with"),
        (["--b", "http://127.0.0.1:1"], "--a: expected the deployment to compare with"),
        (["--aa", "--b", "http://127.0.0.1:1"], "--aa: B is A again"),
        ([*TWO[1:], "--target-a=--relay"], "--target-a: only for the embedded target"),
        (["--margin", "much"], "--margin: read 'much', expected percent"),
        ([*TWO[1:], "--pid-a", "x"], "--pid-a: read 'x'"),
        ([*TWO[1:], "--metrics-port", "9646"], "--metrics-port: its page shows one run"),
        (["--aa", "--remote-workers", "2"], "--remote-workers: the embedded target answers only on this machine"),
    ],
)
def test_what_is_not_understood_is_said_before_the_first_user(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["duel", *words]) == 2
    assert says in capsys.readouterr().err
