"""Secrets never reach a log, a report or an exception: everything written about a run goes through here."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

MASK = "***"
_USERINFO = re.compile(r"(?<=://)([^/@\s:]*):([^/\s]+)@")
# `PGPASSWORD=…`, `token=…`, `--require-token …`; `first-token` is a time.
_NAMES = r"(?<!first-)(?<!first_)(?:password|passwd|token|(?:api|access|secret)[_-]?key|secret)"
_BEGIN = r"(?<![^\s='\"])"  # of an option: `--target=--require-token …` holds another command's
_VALUE = r"(?:'[^']*'|\"[^\"]*\"|[^\s&'\"]+)"
_KEY = re.compile(r"\bsk-[A-Za-z0-9_\-]{8,}")
# (what must be there, pattern whose group 1 stays): nearly all texts of a run have none of it, and cost a glance each.
# The last four are for commands of users: options as curl and redis-cli have them, and a header.
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
    """A command line with the values of headers, cookies and auth masked where they stand, however they are written."""
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
    """One of them, or short for one as argparse takes it."""
    return len(option) > 2 and any(name.startswith(option) for name in _SECRET_OPTIONS)


def _named(value: str) -> str:
    """`NAME: ***` where it has a name, else only the mask."""
    name = _NAME.match(value)
    return f"{name[1]}{MASK}" if name else MASK


def mask_url(url: str) -> str:
    """`url` with the password of its user information and of its query masked."""
    try:
        parts = urlsplit(url)
    except ValueError:  # no URL, and shown as such
        return mask_text(url)
    netloc = parts.netloc
    if "@" in netloc:
        user, _, host = netloc.rpartition("@")
        netloc = f"{user.partition(':')[0]}:{MASK}@{host}" if ":" in user else f"{user}@{host}"
    query = _NAMED[0][1].sub(_keep_name, parts.query)
    return urlunsplit(parts._replace(netloc=netloc, query=query))


def mask_text(text: str, secrets: tuple[str, ...] = ()) -> str:
    """`text` without the given secrets, without passwords in URLs and commands, and without what looks like a key."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, MASK)
    text = _USERINFO.sub(lambda found: f"{found[1]}:{MASK}@", text)
    for sign, pattern in _NAMED:
        if sign in text:
            text = pattern.sub(_keep_name, text)
    return _KEY.sub(MASK, text)


def _keep_name(found: re.Match[str]) -> str:
    return f"{found[1]}{MASK}"
