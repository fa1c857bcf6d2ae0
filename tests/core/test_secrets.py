"""Secrets in a command line, however they are written."""

from __future__ import annotations

import pytest

from reznet_load.core.secrets import mask_words
from reznet_load.core.settings import Settings


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
    ],
)
def test_values_are_masked_where_they_stand(words: list[str], shown: list[str]) -> None:
    assert mask_words(words) == shown


def test_every_text_of_an_auth_object_is_a_secret() -> None:
    auth = {"user": {"token": "nested", "roles": ["inlist", 12345]}, "flag": True}
    assert set(Settings(socket_auth=auth).secrets()) == {"nested", "inlist", "12345"}
