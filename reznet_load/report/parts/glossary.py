"""Terms that a newcomer does not know: each is linked where it first stands, and explained at the document's end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

HEADING = "## Glossary"


@dataclass(frozen=True, slots=True)
class Term:
    """`text` explains `title`, what `pattern` finds; `anchor` is where it stands in the glossary."""

    anchor: str
    title: str
    pattern: str
    text: str


TERMS = (
    Term("nfr", "NFR", r"NFRs?\b", "non-functional requirement: a limit on a measured value, kept in `nfr.toml`"),
    Term("p95", "p50, p95, p99", r"\bp(?:50|95|99)\b",
         "the time that 50, 95 or 99 % of the operations did not exceed; p50 is the median"),
    Term("interval", "90 % interval", r"90 % (?:interval|confidence)",
         "in 9 of 10 such runs the true value lies in it; Pass and Fail need the whole interval on one side of the limit"),
    Term("n", "n", r"\bn = \d|samples are too few",
         "how many samples a value rests on; a quantile needs a number of them before a pass can be proven, however good they are"),
    Term("turn", "agent turn", r"\b[Aa]gent turns?\b",
         "one question to an agent and everything that comes back, to the end of the reply"),
    Term("token", "first token, TTFB", r"\bfirst tokens?\b|\bTTFB\b",
         "time to first byte: from the question to the first text of the reply"),
    Term("gap", "chunk gap, stall", r"\bchunk gaps?\b|\b[Ss]talls?\b",
         "the time between two pieces of a streamed reply; above 1 s it is a stall"),
    Term("echo", "echo", r"\bCHAT echo\b|\bechoe?s?\b", "a message that came back to its own sender"),
    Term("judged", "judged phase", r"\bjudged phases?\b|\bsteady load\b",
         "the part of a run with a steady number of users; ramp-up and recovery give no verdicts of requirements"),
    Term("row", "row", r"\b(?:worst|slowest|[Ee]very|another) row\b|\brows from\b|\bRows from\b",
         "all operations of one name, such as `CHAT agent turn` or `GET /health`; rows are judged one by one"),
    Term("probe", "PROBE, GAUGE", r"\bPROBE\b|\bGAUGE\b",
         "read once a second next to the load by a process of its own: a question to a server, or a value such as CPU"),
    Term("intended", "intended start", r"\bintended start\b",
         "when an operation was due; measured from there, the time that a late user waited counts too (coordinated omission)"),
    Term("goodput", "goodput", r"\b[Gg]oodput\b", "operations a second that succeeded within their limit"),
    Term("knee", "knee", r"\b[Kk]nee\b", "the number of users from which more users get less than their share of goodput"),
    Term("void", "void", r"\bvoid\b", "the load generator was the bottleneck, so the run says nothing about the backend"),
    Term("advisory", "advisory", r"\b[Aa]dvisory\b", "a requirement that is judged and shown, and fails no run"),
)  # fmt: skip
# Words of docs/ that no results document uses; docs/glossary.md explains both.
DOCUMENT_TERMS = (
    Term("closed", "closed loop, open arrivals", r"\bclosed (?:loop|system)\b",
         "in a closed loop a user waits for an answer before the next question, so a slow backend gets fewer questions; "
         "open arrivals come at their own rate, whatever the backend does"),
    Term("omission", "coordinated omission", r"\bcoordinated omission\b",
         "a slow answer delays the next measurements, so the worst seconds are measured least"),
    Term("deff", "design effect", r"\bdesign effect\b",
         "how many times wider an interval is, squared, because slow operations come in bunches and not independently"),
    Term("duet", "duel", r"\b[Dd]uels?\b",
         "two versions of a backend under the same load at the same time, compared pair by pair"),
    Term("caution", "caution", r"\b[Cc]autions?\b", "a reason to distrust a run, with what to do about it; it changes no verdict"),
)  # fmt: skip
# What stays as it is within a line: next steps, code, links, bold, the backend's words, tags, a title's statistic.
_KEPT = re.compile(
    r"\*Next\*:.*$|`[^`]*`|!?\[[^\]]*\]\([^)]*\)|\*\*.*?\*\*|“[^”]*”|<[^>]*>|\((?:p\d\d|TTFB[^)]*|mean|worst row)\)|\bLegend\b"
)
_FIELD = re.compile(r"^(?:#|>|\| Metric|\| Date|\|-|!\[|\*\*Legend)")  # a heading, a head of a table that others read


def linked(text: str) -> tuple[str, list[Term]]:
    """`text` with each term linked where it first stands in prose or in a table, and those that were found."""
    open_ = list(TERMS)
    found = []
    fenced = False
    lines = []
    for line in text.split("\n"):
        fence = line.lstrip().startswith("```")
        fenced ^= fence
        if not (fence or fenced or _FIELD.match(line)):
            for term in list(open_):
                line, done = _link(line, term)
                if done:
                    open_.remove(term)
                    found.append(term)
        lines.append(line)
    return "\n".join(lines), [term for term in TERMS if term in found]


def _link(line: str, term: Term) -> tuple[str, bool]:
    for begin, end in _prose(line):
        if match := re.compile(term.pattern).search(line, begin, end):
            word = "n" if match[0].startswith("n =") else match[0]
            after = match.start() + len(word)
            return f"{line[: match.start()]}[{word}](#term-{term.anchor}){line[after:]}", True
    return line, False


def _prose(line: str) -> Iterator[tuple[int, int]]:
    """Where in `line` a link may stand; of a table's line not in its first cell, which others search for."""
    at = line.index("|", 1) if line.startswith("|") and line.count("|") > 1 else 0
    for kept in _KEPT.finditer(line):
        if kept.start() > at:
            yield at, kept.start()
        at = max(at, kept.end())
    yield at, len(line)


def section(terms: list[Term]) -> str:
    """The glossary of those terms; empty without any."""
    lines = [f'- <a id="term-{one.anchor}"></a>**{one.title}**: {one.text}' for one in terms]
    return "\n".join([HEADING, *lines]) if lines else ""
