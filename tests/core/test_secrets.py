"""Secrets in a command line, however they are written."""

from __future__ import annotations

import base64
import shlex

import pytest

from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.secrets import mask_text, mask_words, remember, secrets_of_address


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["--header", "Authorization: Bearer s3cret"], ["--header", "Authorization:***"]),
        (["--header=X-Q: it's s3cret"], ["--header=X-Q:***"]),
        (["--cookie", "session=s3cret"], ["--cookie", "session=***"]),
        (["--socket-auth", '{"user": {"token": "s3cret"}}'], ["--socket-auth", "***"]),
        (["--socket-auth=token=s3"], ["--socket-auth=token=***"]),
        (["--host", "http://u:s3cret@h/"], ["--host", "http://u:***@h/"]),
        (["--users", "5"], ["--users", "5"]),
        (["--head", "Authorization: Bearer s3cret"], ["--head", "Authorization:***"]),
        (["--cook=session=s3cret"], ["--cook=session=***"]),
        (["--timeout", "first-token=10s"], ["--timeout", "first-token=10s"]),
        (["--target", "--first-token 4s --require-token s3cret"], ["--target", "--first-token 4s --require-token ***"]),
        (["--target=--require-token s3cret"], ["--target=--require-token ***"]),
        (["--prometheus", "http://u:s3@cret@h/m?access_key=s3"], ["--prometheus", "http://u:***@h/m?access_key=***"]),
        (["--restart", "PGPASSWORD=s3cret X_PASSWORD='s3 cret' up"], ["--restart", "PGPASSWORD=*** X_PASSWORD=*** up"]),
        (["--cut", "redis=redis-cli -h h -a s3cret shutdown"], ["--cut", "redis=redis-cli -h h -a *** shutdown"]),
        (["--cut", "redis=x --pass s3 --password=s3 -p 80"], ["--cut", "redis=x --pass *** --password=*** -p 80"]),
        (
            ["--cut", "provider=curl -u me:s3cret -H 'Authorization: Bearer s3cret' http://h"],
            ["--cut", "provider=curl -u me:*** -H 'Authorization: Bearer ***' http://h"],
        ),
    ],
)
def test_values_in_a_command_line_are_masked_in_place(words: list[str], shown: list[str]) -> None:
    assert mask_words(words) == shown
    assert mask_text(shlex.join(shown)) == shlex.join(shown)  # as `run.json` has it: masked again, and whole


def test_every_text_of_an_auth_object_is_a_secret() -> None:
    auth = {"user": {"token": "nested", "roles": ["inlist", 12345]}, "flag": True}
    assert set(Settings(socket_auth=auth).secrets()) == {"nested", "inlist", "12345"}


@pytest.mark.parametrize(
    "written",
    [
        "pass/wörd+\"1'",
        "pass%2Fw%C3%B6rd%2B%221%27",
        "pass%2fw%c3%b6rd%2b%221%27",
        "pass/w\\u00f6rd+\\\"1'",
        "pass/wörd+&quot;1&#x27;",
    ],
)
def test_a_known_secret_is_masked_in_every_encoding(written: str) -> None:
    remember("pass/wörd+\"1'")
    assert mask_text(f"401 for {written}: no") == "401 for ***: no"


def test_the_contents_of_a_basic_header_are_also_masked_in_clear_text() -> None:
    remember("Basic " + base64.b64encode(b"tester:long-enough-word").decode())
    assert mask_text("hello tester:long-enough-word") == "hello ***"
    assert mask_text("bad password long-enough-word") == "bad password ***"


def test_a_short_secret_is_masked_only_in_its_own_field() -> None:
    remember("short12")
    assert mask_text("a short12 answer") == "a short12 answer"


@pytest.mark.parametrize(
    ("url", "passwords"),
    [
        ("postgresql://u:p%2Fw-secret@h/d", ("p/w-secret", "p%2Fw-secret")),
        ("redis://:only@h", ("only",)),
        ("postgresql://h/d?password=in-query", ("in-query",)),
        ("host=h password='with space' dbname=d", ("with space",)),
        ("host=h password=plain", ("plain",)),
        ("postgresql://u@h/d", ()),
    ],
)
def test_the_passwords_of_an_address_are_known(url: str, passwords: tuple[str, ...]) -> None:
    assert secrets_of_address(url) == passwords
