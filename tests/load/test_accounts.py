"""Which user has which account, in one process and over workers."""

from __future__ import annotations

import logging

import pytest

from reznet_load.core.text.secrets import mask_text
from reznet_load.load.workers.accounts import AccountPool, share_of

FIVE = [{"name": f"u{n}"} for n in range(5)]


def names(taken: list[dict]) -> list[str]:
    return [one.get("name", "") for one in taken]


def test_each_user_has_an_account_of_its_own_while_there_are_enough() -> None:
    pool = AccountPool(FIVE)
    taken = [pool.take() for _ in range(5)]
    assert names(taken) == ["u0", "u1", "u2", "u3", "u4"]
    for left in (taken[1], taken[3]):
        pool.give_back(left)
    assert names([pool.take(), pool.take()]) == ["u1", "u3"]  # not one that somebody has, as by counting on


def test_users_beyond_the_accounts_share_those_that_are_used_least() -> None:
    pool = AccountPool(FIVE[:2])
    assert names([pool.take() for _ in range(5)]) == ["u0", "u1", "u0", "u1", "u0"]
    assert AccountPool().take() == {}


def test_where_no_account_may_be_shared_it_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    pool = AccountPool(FIVE[:1], exclusive=True)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            pool.take()
    assert [one.getMessage().partition(":")[0] for one in caplog.records] == ["more users than accounts"]


@pytest.mark.parametrize(("accounts", "workers"), [(20, 2), (21, 4), (3, 3), (100, 7)])
def test_workers_have_no_account_in_common(accounts: int, workers: int) -> None:
    all_of_them = [{"name": str(n)} for n in range(accounts)]
    shares = [names(share_of(all_of_them, number, workers)) for number in range(workers)]
    assert sorted(name for share in shares for name in share) == sorted(names(all_of_them))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_with_fewer_accounts_than_workers_they_are_shared() -> None:
    assert [names(share_of(FIVE[:1], number, 3)) for number in range(3)] == [["u0"]] * 3


def test_what_a_worker_is_handed_is_masked_there_too() -> None:
    AccountPool([{"name": "shown-name", "socket_auth": {"token": "a-token-from-the-master"}}])
    assert mask_text("shown-name has a-token-from-the-master") == "shown-name has ***"
