"""Secrets in a command line, however they are written."""

from __future__ import annotations

import shlex

import pytest

from reznet_load.core.secrets import mask_text, mask_words
from reznet_load.core.settings.settings import Settings


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
def test_values_are_masked_where_they_stand(words: list[str], shown: list[str]) -> None:
    assert mask_words(words) == shown
    assert mask_text(shlex.join(shown)) == shlex.join(shown)  # as `run.json` has it: masked again, and whole


def test_every_text_of_an_auth_object_is_a_secret() -> None:
    auth = {"user": {"token": "nested", "roles": ["inlist", 12345]}, "flag": True}
    assert set(Settings(socket_auth=auth).secrets()) == {"nested", "inlist", "12345"}
