"""Finds REST paths that a deployment redirects, before the first user, because users follow no redirect.

Cost: one GET for each of the six paths that a mix uses, and one per redirect. If a deployment lists no channel yet, the
paths of a channel are requested with an id that does not exist: a redirect rule depends on the path, not on the id.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from reznet_load.core.errors import TargetError
from reznet_load.core.failed.failure_kinds import redirected
from reznet_load.core.text.foreign_text import safe
from reznet_load.deployment.addresses import elsewhere, origin
from reznet_load.deployment.api import Api, HttpAnswer
from reznet_load.dialects.reznet import RezNet

LISTS = ("health", "agents", "channels")  # requested as they are
# (path, list from which its id is taken)
_ITEMS = (("agent", "agents"), ("channel", "channels"), ("messages", "channels"))
_PAGE = 50
_MOST_HOPS = 5
_OF_NOTHING = "00000000-0000-4000-8000-000000000000"

Moved = dict[str, str]  # name of a path in `Paths` -> its place in the deployment


class LedAway(TargetError):
    """A redirect that is not followed; `location` is its destination."""

    def __init__(self, text: str, location: str) -> None:
        super().__init__(text)
        self.location = location


def find(api: Api, dialect: RezNet) -> Moved:
    """Request each path that users will use, once. A redirect to the same origin moves the path.

    Raises TargetError if a path redirects to another host or in a circle.
    """
    moved: Moved = {}
    answers = {}
    for name in LISTS:
        path, answers[name] = follow(api, getattr(dialect.paths, name))
        if path != getattr(dialect.paths, name):
            moved[name] = _literal(path)
    for name, listed in _ITEMS:
        template = getattr(dialect.paths, name)
        if found := _moved_item(api, template, _first_id(answers[listed].body)):
            moved[name] = found
    return moved


def _moved_item(api: Api, template: str, id: str) -> str:
    """Where the paths of one item are; "" if they have not moved. Raises LedAway.

    With an id that does not exist an answer may be an error page anywhere: only a redirect of the same path counts.
    """
    was = template.format(id=id or _OF_NOTHING, limit=_PAGE)
    try:
        path, _ = follow(api, was)
    except LedAway as away:
        if not id and _OF_NOTHING not in away.location:
            return ""
        raise
    except TargetError:  # no answer: the users' calls will report it, each under its name
        return ""
    return _template(path, id or _OF_NOTHING, template) if path != was else ""


def follow(api: Api, path: str) -> tuple[str, HttpAnswer]:
    """(where `path` is, what it answers there), following redirects within the deployment only. Raises LedAway,
    TargetError.
    """
    start, seen = path, {path}
    while True:
        answer = api.call("GET", path)
        location = answer.headers.get("location", "")
        if not (300 <= answer.status < 400 and location):
            return path, answer
        said = f"GET {start}: {redirected(answer.status, location)}"
        if elsewhere(api.host, path, location):
            text = f"{said}, another host, where nothing is sent; {_remedy(api.host, path, location)}"
            raise LedAway(text, location)
        path = _below(api.host, urljoin(api.host + path, location))
        if path in seen or len(seen) > _MOST_HOPS:
            text = f"{said}, which is a redirect loop; check the redirects of the deployment or of its proxy"
            raise LedAway(text, location)
        seen.add(path)


def _below(host: str, url: str) -> str:
    """The path of `url` relative to `host`, which may have a path of its own."""
    parts, base = urlsplit(url), urlsplit(host).path.rstrip("/")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if base and not path.startswith(base + "/"):
        text = f"a redirect leads to {safe(path, 200)}, which is not below {base}; give HOST without that path"
        raise LedAway(text, url)
    query = quote(parts.query, safe="/%:@!$&'()*+,;=?~-._")
    return path.removeprefix(base) + (f"?{query}" if query else "")


def _remedy(host: str, path: str, location: str) -> str:
    """What to do: if only scheme or host differ, the whole deployment is there."""
    to, parts = urljoin(host + path, location), urlsplit(host + path)
    there = urlsplit(to)
    same = there.path.rstrip("/") == parts.path.rstrip("/") and not (there.username or there.password)
    if not same or there.scheme not in ("http", "https") or not there.hostname:
        return "give the host that is to be tested as HOST"
    scheme, name, port = origin(to)
    base = urlsplit(host).path.rstrip("/")
    usual = {"http": 80, "https": 443}.get(scheme)
    where = f"{scheme}://{f'[{name}]' if ':' in name else name}{'' if port == usual else f':{port}'}{base}"
    return f"if the deployment is there, run with HOST={safe(where, 200)}"


def _first_id(body: Any) -> str:
    found = next((one for one in body if isinstance(one, dict) and one.get("id")), {}) if isinstance(body, list) else {}
    text = str(found.get("id", ""))
    return text if text == quote(text, safe="") and len(text) <= 200 and text.strip(".") else ""


def _literal(path: str) -> str:
    """A path without a place for an id."""
    return path.replace("{", "%7B").replace("}", "%7D")


def _template(path: str, id: str, was: str) -> str:
    """`path` with placeholders for id and limit; "" if it contains no id, because it would differ for each item."""
    if path.count(id) != 1:
        return ""
    kept = _literal(path).replace(id, "{id}")
    return kept.replace(f"limit={_PAGE}", "limit={limit}") if "{limit}" in was else kept
