"""The glossary: a document links each term at its first use, and explains it at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

HEADING = "## Glossary"


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the glossary.

    anchor    the end of its link: `#term-<anchor>`
    pattern   a regular expression that finds the term in text
    text      the explanation of `title`
    """

    anchor: str
    title: str
    pattern: str
    text: str


TERMS = (
    Term("nfr", "NFR, advisory", r"NFRs?\b|\b[Aa]dvisory\b",
         "an NFR (non-functional requirement) is a limit on a measured value. An advisory NFR is judged and shown, but never "
         "fails a run"),
    Term("p95", "p50, p95, p99", r"\bp(?:50|95|99)\b",
         "the time that 50, 95 or 99 % of the operations did not exceed. The p50 is the median"),
    Term("interval", "90 % interval", r"90 % (?:interval|confidence)",
         "in 9 of 10 runs the true value lies in it, if the backend is equally fast all the time. Pass and Fail need the whole "
         "interval on one side of the limit"),
    Term("n", "n", r"\bn = \d|samples are too few",
         "how many samples a value rests on. With fewer than a minimum (73 for a p95) even good samples prove no Pass"),
    Term("turn", "agent turn", r"\b[Aa]gent turns?\b",
         "one question to an agent and everything that comes back, to the end of the reply"),
    Term("token", "first token, TTFB", r"\bfirst tokens?\b|\bTTFB\b",
         "the first token is the first text of the reply, timed from the question. For users, TTFB (time to first byte) is "
         "the time to the first token. For a provider that is asked directly, it is the time to its first event"),
    Term("gap", "chunk gap, stall", r"\bchunk gaps?\b|\b[Ss]talls?\b",
         "the time between two pieces of a streamed reply. A gap above 1 s is a stall. As the name of a failure, stall means that "
         "the reply broke off: its next piece never came"),
    Term("short", "short keys", r"\bShort Keys\b|\bshort keys\b",
         "letters in place of the names of fields in the messages of a socket, which makes messages smaller"),
    Term("echo", "echo", r"\bCHAT echo\b|\bechoe?s?\b", "a message that came back to its own sender"),
    Term("judged", "judged phase", r"\bjudged phases?\b|\bsteady load\b",
         "the part of a run with a steady number of users. Requirements are not judged in ramp-up and recovery"),
    Term("row", "row", r"\b(?:worst|slowest|[Ee]very|another) row\b|\brows from\b|\bRows from\b",
         "all operations of one name, such as `CHAT agent turn` or `GET /health`. Rows are judged one by one"),
    Term("probe", "PROBE, GAUGE", r"\bPROBE\b|\bGAUGE\b",
         "a PROBE is what reznet-load itself asks a server while the load runs, such as a query to PostgreSQL, or the cache hits "
         "that Redis has counted. A GAUGE is a value such as CPU or memory, read once a second"),
    Term("error", "error", r"\berrors?\b(?! rate)",
         "an operation without a right answer, such as a time-out. A latency requirement also fails if 5 % or more of its row are "
         "proven to be errors"),
    Term("intended", "intended start", r"\bintended start\b",
         "when an operation was due. A time from the intended start includes what a late user waited before (coordinated "
         "omission)"),
    Term("goodput", "goodput", r"\b[Gg]oodput\b", "operations a second that succeeded within their limit"),
    Term("knee", "knee", r"\b[Kk]nee\b",
         "the number of users from which each user gets less: goodput per user falls below 90 % of what it was at the "
         "first step"),
    Term("void", "void", r"\bvoid\b",
         "the load generator, its machine or its records were at fault, so the run says nothing about the backend (exit 3)"),
    Term("embedded", "embedded target", r"\b[Ee]mbedded target\b",
         "the RezNet-compatible backend that a run starts without `HOST`, on a PostgreSQL, a Valkey and a simulated provider "
         "of its own. Its speed says nothing about a deployment"),
)  # fmt: skip
# Terms of docs/ that results documents do not link; docs/glossary.md has both lists.
DOCUMENT_TERMS = (
    Term("backend", "backend, target", r"\b(?:backend|target)\b",
         "the server that is tested; without `HOST` a run starts the embedded target, which is a RezNet-compatible backend "
         "on a PostgreSQL, a Valkey and a simulated provider of its own"),
    Term("provider", "provider, simulated provider", r"\bproviders?\b",
         "a provider is the service that runs the language model, such as Anthropic or OpenAI; a simulated one speaks the "
         "same API at a chosen speed and costs nothing"),
    Term("dialect", "dialect", r"\bdialects?\b",
         "the way in which a backend talks, with its own paths, events and end of a reply; each supported API is one dialect"),
    Term("gate", "gate", r"\bgates?\b",
         "a step of a CI that stops a change when a requirement fails, by the exit code of a run or of `reznet-load judge`"),
    Term("kind", "kind, mix", r"\bkinds?\b|\bmix\b",
         "the kind of a user says what it does (`rest` browses, `chat` writes messages, `agent` asks agents); the mix is "
         "how many of each kind a run has"),
    Term("phase", "phase", r"\bphases?\b",
         "a part of a run in which users arrive, stay the same or leave, such as ramp-up and steady; “Phase 2” in the column "
         "of limits is something else, a step of the roadmap with 100 users"),
    Term("pending", "Pending", r"\bPending\b",
         "the outcome of a requirement that was not measured, or whose run is void, with the reason; “unjudged” says what "
         "that does to the run"),
    Term("unjudged", "unjudged", r"\bunjudged\b",
         "a run without a verdict (exit 2): a requirement that had to be measured is Pending, or the run did not start; a "
         "requirement that lacks an address, a right or a kind of user is Pending and changes no outcome, unless your own "
         "file says `required = true`"),
    Term("closed", "closed loop, open arrivals", r"\bclosed (?:loop|system)\b",
         "in a closed loop a user waits for an answer before the next question, so a slow backend gets fewer questions; "
         "open arrivals come at their own rate, whatever the backend does"),
    Term("omission", "coordinated omission", r"\bcoordinated omission\b",
         "a slow answer delays the next measurements, so the worst seconds are measured least"),
    Term("quantile", "quantile, percentile", r"\bquantiles?\b|\bpercentiles?\b",
         "the value that a given share of the samples does not exceed; the 95th percentile (p95) is the quantile 0.95"),
    Term("block", "block, bunching", r"\bblocks?\b|\bbunch",
         "a judged phase is cut into ten blocks of equal time; slow operations come in bunches if some blocks have many "
         "more of them than others"),
    Term("deff", "design effect", r"\bdesign effect\b",
         "by what factor samples that come in bunches count for less; with a design effect of 4, 400 samples say as much as "
         "100 independent ones"),
    Term("bound", "lower and upper bound", r"\b(?:lower|upper) bound\b",
         "the ends of an interval. If the backend is equally fast all the time, the true value lies below the lower bound in 1 of "
         "20 runs, and above the upper bound in 1 of 20"),
    Term("power", "power", r"\bpower\b",
         "how often a difference that is really there is proven: 80 % power finds it in 8 of 10 runs"),
    Term("holm", "Holm's correction", r"\bHolm\b",
         "the more rows are tested, the more look different by chance; this correction keeps the chance of one false alarm "
         "among all rows at the stated level"),
    Term("lognormal", "lognormal", r"\b[Ll]ognormal\b",
         "a shape of times with many quick ones and a long tail of slow ones; their logarithms have a normal distribution"),
    Term("simulated", "simulated, measured, judgement", r"\b[Ss]imulated\b",
         "where a rule names its source: simulated was tried on generated samples, measured on real runs, and judgement is "
         "a number that had to be chosen"),
    Term("lag", "generator lag", r"\blag\b",
         "how late the load generator itself is: it wakes up after the moment that was planned, and would show its own "
         "delay as the backend's"),
    Term("loop", "loop", r"\bloop\b",
         "the event loop of a process, which does one thing after another; while one task blocks it, all others wait"),
    Term("nstar", "N*", r"\bN\\?\*",
         "an upper limit for the number of users, computed from think time, response time and the greatest throughput of a "
         "capacity search"),
    Term("suspect", "suspect, regression", r"\b[Ss]uspect\b",
         "a suspect run is worse than the runs before it, which is a reason to run again; a regression is a proven new, worse "
         "level in two runs or more, and fails the run if the requirement is required"),
    Term("prediction", "prediction bound", r"\bprediction bound\b",
         "the value that the next run exceeds in only 1 of 100 cases if nothing has changed, computed from the spread of "
         "the earlier runs"),
    Term("duet", "duel", r"\b[Dd]uels?\b",
         "two versions of a backend under the same load at the same time, compared pair by pair"),
    Term("fanout", "fan-out", r"\bfan-out\b",
         "how many events all sockets receive for each event of a user's own turn, because a message goes to all users"),
    Term("standstill", "standstill", r"\bstandstill\b",
         "seconds in which no operation of a row ended while at least half of its users waited"),
    Term("caution", "caution", r"\b[Cc]autions?\b",
         "a reason to distrust a run, with what to do about it; it changes no verdict, unless it voids the run"),
)  # fmt: skip
# Parts of a line without links: next steps, code, links, bold text, the backend's error text, tags, a title's statistic.
_KEPT = re.compile(
    r"\*Next\*:.*$|`[^`]*`|!?\[[^\]]*\]\([^)]*\)|\*\*.*?\*\*|“[^”]*”|<[^>]*>|\((?:p\d\d|TTFB[^)]*|mean|worst row)\)|\bLegend\b"
)
_FIELD = re.compile(
    r"^(?:#|>|\| Metric|\| Date|\|-|!\[|\*\*Legend)"
)  # a heading, or the head of a table that programs read


def linked(text: str) -> tuple[str, list[Term]]:
    """(`text` with a link at the first use of each term in prose or in a table, the terms that were found)."""
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
    """The spans of `line` in which a link may be; never in the first cell of a table, which programs search for."""
    at = line.index("|", 1) if line.startswith("|") and line.count("|") > 1 else 0
    for kept in _KEPT.finditer(line):
        if kept.start() > at:
            yield at, kept.start()
        at = max(at, kept.end())
    yield at, len(line)


def section(terms: list[Term]) -> str:
    """The glossary with `terms`; "" if there are none."""
    lines = [f'- <a id="term-{one.anchor}"></a>**{one.title}**: {one.text}' for one in terms]
    return "\n".join([HEADING, *lines]) if lines else ""
