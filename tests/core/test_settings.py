"""The options of a run, and the errors for invalid ones."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from reznet_load.core.errors import ConfigError
from reznet_load.core.kinds import KINDS
from reznet_load.core.settings.accounts import read_accounts
from reznet_load.core.settings.options import from_namespace
from reznet_load.core.settings.run_options import add_arguments
from reznet_load.core.settings.settings import Settings, from_environment, to_environment
from reznet_load.core.text.secrets import mask_text, mask_url


def parse(*words: str, **environ: str) -> Settings:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="")
    parser.add_argument("--users", type=int)
    parser.add_argument("--duration")
    parser.add_argument("--ramp")
    add_arguments(parser)
    return from_namespace(parser.parse_args(words), environ)


def test_settings_survive_the_transfer_to_a_worker() -> None:
    settings = parse(
        "--host=http://h:1/", "--users=7", "--duration=1m", "--mix=1:2:3", "--think=rest=1,2,3,4", "--header=A: b",
        "--cookie=s=1=2", '--socket-auth={"token": "t"}', "--timeout=first-token=2s", "--allow-host=h",
        "--network=mobile", "--max-cost=2.5",
        DATABASE_URL="postgresql://u:p@h/d",
    )  # fmt: skip
    assert from_environment(to_environment(settings)) == settings
    assert settings.host == "http://h:1" and settings.mix == dict.fromkeys(KINDS, 0) | {
        "rest": 1,
        "chat": 2,
        "agent": 3,
    }
    assert settings.headers == {"A": "b"} and settings.cookies == {"s": "1=2"}
    assert settings.timeouts.first_token == 2 and settings.think["rest"] == (1, 2, 3, 4)
    assert settings.networks == ("mobile",) and settings.max_cost == 2.5


def test_settings_default_without_the_environment_variable() -> None:
    assert from_environment(None) == Settings()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--mix=1:2"], "24:12:14"),
        (["--pid=-1"], "the number of a process"),
        (["--pid=99999999999999999999"], "the number of a process"),
        (["--duration=1e18"], "30 days"),
        (["--ramp=5000h"], "30 days"),
        (["--think=agent=1e18"], "30 days"),
        (["--mix=0:0:0"], "not all zero"),
        (["--mix=a:b:c"], "'a:b:c'"),
        (["--think=rest=1,2"], "rest=0.5,0.5,2,1 (4 times: agents, channels, messages, health)"),
        (["--think=agent=0"], "agent=4.2"),
        (["--think=nobody=1"], "'nobody=1'"),
        (["--timeout=patience=3s"], "steps are"),
        (["--timeout=gap=0s"], "gap=10s"),
        (["--header=NoColon"], "NAME:VALUE"),
        (["--header=A: b\r\nEvil: c"], "a header cannot carry"),
        (["--header=X-Uni: ünï"], "a header cannot carry"),
        (["--header=two words: x"], "name of letters"),
        (["--duration=0"], "1s or more"),
        (["--duration=1e-9"], "1s or more"),
        (["--mix=²:1:1"], "24:12:14"),
        (["--arrival-process=constant"], "add --arrivals 20/s"),
        (["--cookie=x"], "NAME=VALUE"),
        (["--socket-auth=[1]"], "JSON object"),
        (["--socket-auth=token"], "NAME=VALUE"),
        (["--duration=soon"], "--duration"),
        (["--network=moon"], "'moon', expected all"),
        (["--network=mobile", "--no-probes"], "leave one of them out"),
        (["--max-cost=much"], "US dollars like 1"),
        (["--max-cost=-1"], "US dollars like 1"),
        (["--max-cost=nan"], "US dollars like 1"),
        (["--backend-provider=anthropic"], "PROVIDER=MODEL"),
    ],
)
def test_invalid_values_are_refused_with_the_right_form(words: list[str], says: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(*words)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"ANTHROPIC_BASE_URL": "http://[::1"}, "ANTHROPIC_BASE_URL: its port is not a number"),
        ({"ANTHROPIC_API_KEY": "s3cret\n"}, "ANTHROPIC_API_KEY: it has characters that a header cannot carry"),
        ({"ANTHROPIC_API_KEY": "s3cret-ü"}, "a header cannot carry"),
        ({"ANTHROPIC_BASE_URL": "gateway:80"}, "ANTHROPIC_BASE_URL: it does not begin with a scheme"),
        ({"ANTHROPIC_BASE_URL": "http://h:no"}, "expected a URL like http"),
    ],
)
def test_a_key_or_address_that_no_sdk_can_use_stops_before_the_run(environ: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse("--model=anthropic=m", **environ)
    assert says in str(error.value) and "s3cret" not in str(error.value)


def test_a_bad_auth_object_is_not_repeated_in_the_error() -> None:
    with pytest.raises(ConfigError) as error:
        parse("--socket-auth={token: secret-value}")
    assert "secret-value" not in str(error.value)


def test_accounts_are_one_object_per_line(tmp_path: Path) -> None:
    path = tmp_path / "accounts.jsonl"
    path.write_text('{"name": "a", "headers": {"X": "1"}}\n\n{"socket_auth": {"token": "t"}}\n')
    assert [account.get("name") for account in read_accounts(str(path))] == ["a", None]
    path.write_text('{"name": "a"}\n{"password": "x"}\n')
    with pytest.raises(ConfigError, match="line 2: username and password belong together"):
        read_accounts(str(path))
    path.write_text("\n")
    with pytest.raises(ConfigError, match="no account"):
        read_accounts(str(path))
    for wrong in (
        '{"headers": {"X": "s3cret ü"}}',
        '{"cookies": {"a": 5}}',
        '{"headers": {"s3cret name": "x"}}',
        "[" * 100_000,
    ):
        path.write_text(f'{{"name": "a"}}\n{wrong}\n')
        with pytest.raises(ConfigError, match=r"line 2: .*expected") as error:
            read_accounts(str(path))
        assert "s3cret" not in str(error.value)
    path.write_bytes(b"\xd0{}")
    with pytest.raises(ConfigError, match="UTF-8"):
        read_accounts(str(path))
    with pytest.raises(ConfigError, match=r"nowhere\.jsonl"):
        read_accounts(str(tmp_path / "nowhere.jsonl"))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("postgresql://user:hunter2@db:5432/reznet", "postgresql://user:***@db:5432/reznet"),
        ("redis://:hunter2@cache/0", "redis://:***@cache/0"),
        ("http://host:8000/path?token=abc&x=1", "http://host:8000/path?token=***&x=1"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_urls_are_shown_without_their_secrets(text: str, masked: str) -> None:
    assert mask_url(text) == masked
    assert "hunter2" not in mask_text(f"connection to {text} failed")


def test_given_values_and_provider_keys_are_masked_everywhere() -> None:
    text = mask_text("Bearer tok-12345 and sk-ant-abcdefgh123 and password=x", ("tok-12345",))
    assert "tok-12345" not in text and "sk-ant" not in text and "password=***" in text
