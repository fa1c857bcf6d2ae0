"""Removes blank lines that Markdown does not need: the rendered page is the same, and the text is shorter."""

from __future__ import annotations


def tight(text: str) -> str:
    """`text` without blank lines after a heading, a rule or another blank line, and between a code block and prose."""
    kept: list[str] = []
    fenced, after_fence = False, False
    lines = text.split("\n")
    for number, line in enumerate(lines):
        fence = line.lstrip().startswith("```")
        if not line.strip() and not fenced:
            before = kept[-1] if kept else ""
            following = next((one for one in lines[number + 1 :] if one.strip()), "")
            after_prose = bool(before) and not before.lstrip().startswith(("-", "|", "1", "2", "3", "4"))
            if not before or before == "---" or before.startswith("#") or (after_prose and following.startswith("```")):
                continue
            if after_fence and not following.startswith(("#", "|")):
                continue
        after_fence = fence and fenced
        fenced ^= fence
        kept.append(line)
    return "\n".join(kept)
