"""Masks secrets in everything that is written about a run: logs, reports, exceptions."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit, urlunsplit

MASK = "***"
SHORTEST = 8  # characters of a secret that is masked everywhere: a shorter one would mask ordinary words
_USERINFO = re.compile(r"(?<=://)([^/@\s:]*):([^/\s]+)@")
# `PGPASSWORD=…`, `token=…`, `--require-token …`; `first-token` is a time.
_NAMES = r"(?<!first-)(?<!first_)(?:password|passwd|token|(?:api|access|secret)[_-]?key|secret)"
_BEGIN = r"(?<![^\s='\"])"  # before an option: `--target=--require-token …` contains options of another command
_VALUE = r"(?:'[^']*'|\"[^\"]*\"|[^\s&'\"]+)"
_KEY = re.compile(r"\bsk-[A-Za-z0-9_\-]{8,}")
# (what must be in the text, pattern whose group 1 stays): nearly all texts of a run lack the first, so they are cheap
# to check. The last four are for commands of users: options as curl and redis-cli have them, and a header.
_NAMED = (
    ("=", re.compile(rf"(?i)({_NAMES}=){_VALUE}")),
    ("--", re.compile(rf"(?i)({_BEGIN}--(?:[a-z0-9-]*{_NAMES}|pass)[\s=]+){_VALUE}")),
    ("redis-cli ", re.compile(rf"(\bredis-cli\s(?:[^;&|]*?\s)?-a\s+){_VALUE}")),
    ("-u", re.compile(rf"({_BEGIN}(?:-u|--user)[\s=]+['\"]?[^\s:'\"]+:)[^\s'\"]+")),
    ("uthorization:", re.compile(r"(\b[Aa]uthorization:\s*(?:\w+\s+)?)[^\s'\"]+")),
)


_SECRET_OPTIONS = ("--header", "--cookie", "--socket-auth")
_NAME = re.compile(r"\s*([A-Za-z0-9_.-]+\s*[:=])")


def mask_words(words: list[str]) -> list[str]:
    """A command line with the values of headers, cookies and auth masked, however they are written."""
    shown: list[str] = []
    for word in words:
        option, equals, value = word.partition("=")
        if shown and _secret(shown[-1]):
            shown.append(_named(word))
        elif equals and _secret(option):
            shown.append(f"{option}={_named(value)}")
        else:
            shown.append(mask_text(word))
    return shown


def _secret(option: str) -> bool:
    """Is it an option with a secret value, or an abbreviation that argparse accepts for one?"""
    return len(option) > 2 and any(name.startswith(option) for name in _SECRET_OPTIONS)


def _named(value: str) -> str:
    """`NAME: ***` if it has a name, else only the mask."""
    name = _NAME.match(value)
    return f"{name[1]}{MASK}" if name else MASK


def mask_url(url: str) -> str:
    """`url` with the password in its user information and in its query masked."""
    try:
        parts = urlsplit(url)
    except ValueError:  # not a URL, and shown unchanged
        return mask_text(url)
    netloc = parts.netloc
    if "@" in netloc:
        user, _, host = netloc.rpartition("@")
        netloc = f"{user.partition(':')[0]}:{MASK}@{host}" if ":" in user else f"{user}@{host}"
    query = _NAMED[0][1].sub(_keep_name, parts.query)
    return urlunsplit(parts._replace(netloc=netloc, query=query))


class _Known:
    """The secrets of this process and one pattern of all their forms; settings and accounts add theirs when they are
    read.
    """

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self.pattern: re.Pattern[str] | None = None

    def add(self, values: list[str]) -> None:
        forms = {form for value in values for form in _forms(value)} - self._forms
        if forms:
            self._forms |= forms
            longest_first = sorted(self._forms, key=len, reverse=True)
            self.pattern = re.compile("|".join(map(re.escape, longest_first)))


_KNOWN = _Known()


def remember(*values: str) -> None:
    """From now on mask these in everything that goes through `mask_text`, in their own form and as other programs write
    them.

    Values of fewer than SHORTEST characters are left out: they are masked only in their own field.
    """
    _KNOWN.add([value for value in values if len(value) >= SHORTEST])


def _forms(secret: str) -> set[str]:
    """`secret` as it is, percent-encoded, with the escapes of JSON and HTML, and as a `Basic` or `Bearer` value
    contains it.
    """
    found = {secret}
    word, _, rest = secret.partition(" ")
    if word.lower() in ("basic", "bearer") and len(rest) >= SHORTEST:
        found.add(rest)
    if word.lower() == "basic":
        try:
            decoded = base64.b64decode(rest, validate=True).decode()
        except (binascii.Error, ValueError):
            decoded = ""
        found |= {one for one in (decoded, decoded.partition(":")[2]) if len(one) >= SHORTEST}
    return {form for one in found for form in _written(one)}


def _written(secret: str) -> set[str]:
    lower = {re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), quote(secret, safe=""))}
    return lower | {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        repr(secret)[1:-1],
    }


def secrets_in(*values: Any) -> tuple[str, ...]:
    """Every text in the JSON `values`; of `Bearer TOKEN` also the token alone."""
    texts = [text for value in values for text in _leaves(value)]
    texts += [text.partition(" ")[2] for text in texts if text.lower().startswith(("bearer ", "basic "))]
    return tuple(text for text in texts if text)


def _leaves(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif not isinstance(value, bool) and value is not None:
        yield str(value)


def secrets_of_address(url: str) -> tuple[str, ...]:
    """The passwords in an address: in its user information and its query; also in a libpq `password=…` string."""
    if "://" not in url:
        found = re.search(r"\bpassword\s*=\s*(?:'((?:[^'\\\\]|\\\\.)*)'|(\S+))", url)
        return tuple(filter(None, found.groups())) if found else ()
    try:
        parts = urlsplit(url)
        given = [parts.password or "", *(value for key, value in parse_qsl(parts.query) if is_secret_name(key))]
    except ValueError:
        given = []
    return tuple(dict.fromkeys(form for one in given if one for form in (unquote(one), one)))


def is_secret_name(name: str) -> bool:
    """Does a header, cookie or parameter of this name hold a secret?"""
    return re.search(rf"(?i)authorization|session|{_NAMES}|^auth$", name) is not None


def mask_text(text: str, secrets: tuple[str, ...] = ()) -> str:
    """`text` without the secrets of this process and those given, without passwords in URLs and commands, and without
    anything that looks like a key. 2 µs for a text without any.
    """
    for secret in secrets:
        if len(secret) >= SHORTEST:
            text = text.replace(secret, MASK)
    if _KNOWN.pattern is not None:
        text = _KNOWN.pattern.sub(MASK, text)
    text = _USERINFO.sub(lambda found: f"{found[1]}:{MASK}@", text)
    for sign, pattern in _NAMED:
        if sign in text:
            text = pattern.sub(_keep_name, text)
    return _KEY.sub(MASK, text)


def _keep_name(found: re.Match[str]) -> str:
    return f"{found[1]}{MASK}"
