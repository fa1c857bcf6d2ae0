"""A secret in any part of any address or option is never shown, however malformed the address is."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from reznet_load.cli import main

GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
SPECIAL = "@/#?%:&= '\"\\[]{}$+;,|<>"
# {0} is the secret as typed.
ADDRESSES = {
    "DATABASE_URL": (
        "postgresql://user:{0}@127.0.0.1:1/name", "postgresql://{0}:pw@127.0.0.1:1/name", "postgresql://u:p@{0}:1/name",
        "postgresql://u:p@127.0.0.1:{0}/name", "postgresql://u:p@127.0.0.1:1/{0}", "postgresql://u:p@127.0.0.1:1/d?{0}=1",
        "postgresql://u:p@127.0.0.1:1/d?password={0}", "postgresql+asyncpg://user:{0}@127.0.0.1:1/name", "user:{0}@127.0.0.1",
        "{0}", "{0}://u:p@127.0.0.1/d", "host=127.0.0.1 port=1 password={0}", "host=127.0.0.1 {0}",
        "postgresql://u:p@127.0.0.1:1/d#{0}",
    ),
    "REDIS_URL": (
        "redis://:{0}@127.0.0.1:1/0", "redis://{0}@127.0.0.1:1/0", "redis://:p@{0}:1/0", "redis://:p@127.0.0.1:{0}/0",
        "redis://:p@127.0.0.1:1/{0}", "redis://127.0.0.1:1/0?{0}=1", "rediss://:{0}@127.0.0.1:1", ":{0}@127.0.0.1", "{0}",
        "redis://127.0.0.1:1/0?password={0}",
    ),
    "HOST": ("http://u:{0}@127.0.0.1:1", "http://{0}", "http://127.0.0.1:{0}", "{0}", "http://127.0.0.1:1#{0}", "u:{0}@h"),
    "ANTHROPIC_BASE_URL": ("http://u:{0}@127.0.0.1:1", "http://127.0.0.1:{0}", "{0}", "http://127.0.0.1:1/#{0}"),
    "ANTHROPIC_API_KEY": ("{0}",),
}  # fmt: skip
OPTIONS = (
    ("--prometheus", "http://u:{0}@127.0.0.1:1/metrics"), ("--prometheus", "{0}"), ("--prometheus", "http://127.0.0.1:1/#{0}"),
    ("--proxy", "http://u:{0}@127.0.0.1:1"), ("--proxy", "{0}"), ("--proxy", "http://127.0.0.1:1/#{0}"),
    ("--header", "Authorization: Bearer {0}"), ("--header", "{0}"), ("--header", "{0}: x"), ("--cookie", "session={0}"),
    ("--cookie", "{0}"), ("--socket-auth", "token={0}"), ("--socket-auth", '{{"token": "{0}"'), ("--socket-auth", "{0}"),
)  # fmt: skip
CASES = [(name, None, form) for name, forms in ADDRESSES.items() for form in forms]
CASES += [("", option, form) for option, form in OPTIONS]


def secrets(seed: str) -> list[str]:
    """24 characters each: Greek alone, with one special character (four of them, other ones for each seed), and with many."""
    rng = random.Random(seed)
    plain = "".join(rng.choices(GREEK, k=24))
    found = [plain]
    for one in rng.sample(SPECIAL, 4):
        place = rng.randrange(5, 19)
        found.append(plain[:place] + one + plain[place + 1 :])
    found.append("".join(rng.choice(SPECIAL) if place % 6 == 5 else one for place, one in enumerate(plain)))
    return found


def leaks(secret: str, said: str) -> list[str]:
    """Pieces of four characters and more of the secret's Greek that stand in what was said."""
    return [secret[i : i + 4] for i in range(21) if set(secret[i : i + 4]) <= set(GREEK) and secret[i : i + 4] in said]


@pytest.mark.parametrize(("name", "option", "form"), CASES, ids=lambda one: str(one))
def test_no_piece_of_a_secret_shows(
    name: str,
    option: str | None,
    form: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for steered in ADDRESSES:
        monkeypatch.delenv(steered, raising=False)
    words = ["smoke", "--model", "anthropic=some-model"] if name.startswith("ANTHROPIC") else ["smoke"]
    words += [] if name == "HOST" else ["--host", "http://127.0.0.1:1"]
    monkeypatch.setenv("ANTHROPIC_API_KEY", "a-key")
    # The run itself is no matter here: everything that is said of an address is said before it.
    monkeypatch.setattr("reznet_load.drive.whole_run.Locusts", Refusing)
    for secret in secrets(form):
        given = form.format(secret)
        if name:
            monkeypatch.setenv(name, given)
        assert main([*words, *([option, given] if option else [])]) in (0, 2)
        said = "".join(capfd.readouterr())
        written = "".join(path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())
        assert leaks(secret, said + written) == [], said


class Refusing:
    """Starts nothing."""

    folder = None

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def start(self) -> None:
        """Nothing."""

    def wait(self, _: object) -> int:
        """As Locust that was refused in set-up."""
        return 2

    def close(self) -> None:
        """Nothing."""
