"""Stats files as Locust writes them, for tests to damage."""

from __future__ import annotations

from pathlib import Path

from reznet_load.result.judged import JudgedRun, judge_paths

HEADER = (
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,"
    "Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"
)
FAST = "GET,/fast,1000,0,20,22.5,3,80,512,10,0,20,25,28,30,35,40,55,60,75,80,80"
SLOW = "GET,/slow,1000,10,2000,2100.5,900,4000,512,10,0.1,2000,2100,2200,2300,2500,2600,2700,2800,3000,4000,4000"
TOTAL = ",Aggregated,2000,10,900,1061.5,3,4000,512,20,0.1,900,2000,2100,2200,2400,2500,2600,2700,3000,4000,4000"
FAST_TOTAL = FAST.replace("GET,/fast", ",Aggregated")
GOOD = f"{HEADER}\n{FAST}\n{FAST_TOTAL}\n"
BOTH = f"{HEADER}\n{FAST}\n{SLOW}\n{TOTAL}\n"
NFR = """
[[nfr]]
statistic = "p95"
limit = "< 1 s"
rows = ["*"]

[[nfr]]
statistic = "error_rate"
limit = "< 5 %"
rows = ["*"]
"""


def write(folder: Path, text: str | bytes, name: str = "run_stats.csv", nfr: str = NFR) -> Path:
    """The file, with an nfr.toml next to it where `nfr` is not empty."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if nfr:
        (folder / "nfr.toml").write_text(nfr, encoding="utf-8")
    return path


def block(statistic: str, limit: str, *rows: str) -> str:
    """One requirement."""
    shown = ", ".join('"' + row.replace("\\", "\\\\").replace('"', '\\"') + '"' for row in rows)
    return f'[[nfr]]\nstatistic = "{statistic}"\nlimit = "{limit}"\nrows = [{shown}]\n'


def judged(path: Path) -> JudgedRun:
    """The one run behind `path`."""
    (run,) = judge_paths([str(path)])
    return run


def said(run: JudgedRun) -> str:
    """Everything a run says in words."""
    parts = [
        run.refused,
        *(verdict.reason for verdict in run.verdicts),
        *(f"{one.text} {one.remedy}" for one in run.cautions),
    ]
    return "\n".join(part for part in parts if part)
