"""Secrets never reach a log, a report or an exception: everything written about a run goes through here."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

MASK = "***"
_USERINFO = re.compile(r"(?<=://)([^/@\s:]*):([^/@\s]+)@")
_PASSWORD = re.compile(r"(?i)\b(password|token|api[_-]?key|secret)=[^\s&]+")
_KEY = re.compile(r"\bsk-[A-Za-z0-9_\-]{8,}")


_SECRET_OPTIONS = ("--header", "--cookie", "--socket-auth")
_NAME = re.compile(r"\s*([A-Za-z0-9_.-]+\s*[:=])")


def mask_words(words: list[str]) -> list[str]:
    """A command line with the values of headers, cookies and auth masked where they stand, however they are written."""
    shown: list[str] = []
    for word in words:
        option, equals, value = word.partition("=")
        if shown and shown[-1] in _SECRET_OPTIONS:
            shown.append(_named(word))
        elif equals and option in _SECRET_OPTIONS:
            shown.append(f"{option}={_named(value)}")
        else:
            shown.append(mask_text(word))
    return shown


def _named(value: str) -> str:
    """`NAME: ***` where it has a name, else only the mask."""
    name = _NAME.match(value)
    return f"{name[1]}{MASK}" if name else MASK


def mask_url(url: str) -> str:
    """`url` with the password of its user information and of its query masked."""
    parts = urlsplit(url)
    netloc = parts.netloc
    if "@" in netloc:
        user, _, host = netloc.rpartition("@")
        netloc = f"{user.partition(':')[0]}:{MASK}@{host}" if ":" in user else f"{user}@{host}"
    query = _PASSWORD.sub(lambda found: f"{found[1]}={MASK}", parts.query)
    return urlunsplit(parts._replace(netloc=netloc, query=query))


def mask_text(text: str, secrets: tuple[str, ...] = ()) -> str:
    """`text` without the given secrets, without passwords in URLs and without anything that looks like a key."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, MASK)
    text = _USERINFO.sub(lambda found: f"{found[1]}:{MASK}@", text)
    return _KEY.sub(MASK, _PASSWORD.sub(lambda found: f"{found[1]}={MASK}", text))
