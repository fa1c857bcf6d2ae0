"""Facts about the deployment that a run measured. Rules and documents use these fields and never parse sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# Is the provider behind the agents real? "" if neither the backend nor the user says so.
REAL, SIMULATED = "real", "simulated"
# Was the certificate verified? "" without TLS.
VERIFIED, UNVERIFIED = "verified", "unverified"


# The dialects of RezNet AI, the default backend; they are defined in `dialects/reznet.py`.
REZNET = ("v1", "v2")


@dataclass(frozen=True, slots=True)
class DeploymentFacts:
    """The deployment of a run, as `run.json` keeps it; "" and () for what is not known.

    dialect      name of the backend's dialect in `dialects/`
    commit       of the backend
    provider     the agents' provider, unless an agent names another
    models       `provider=model` of the agents, each once
    simulated    the backend says that its provider is a simulator
    provider_is  REAL or SIMULATED, as the backend or the user says
    agents       by name
    options      of the embedded target, secrets masked
    compression  was permessage-deflate offered?
    tls          VERIFIED or UNVERIFIED
    moved        name of a path of the REST API -> where the deployment redirects it to
    """

    dialect: str = ""
    commit: str = ""
    provider: str = ""
    models: tuple[str, ...] = ()
    simulated: bool = False
    provider_is: str = ""
    agents: tuple[str, ...] = ()
    options: str = ""
    compression: bool = True
    tls: str = ""
    moved: dict[str, str] = field(default_factory=dict)

    @property
    def is_reznet(self) -> bool:
        """Is it RezNet AI? True too for a run that names no dialect."""
        return self.dialect in ("", *REZNET)

    @property
    def provider_text(self) -> str:
        """`anthropic (simulated)`; "" if the backend does not name it."""
        return self.provider + (" (simulated)" if self.provider and self.simulated else "")

    def uses(self, provider: str) -> bool:
        """Is `provider` (`anthropic`, `openai`) the provider behind the agents?"""
        return provider in self.provider

    def notes(self) -> dict[str, str]:
        """The facts as sentences for a reader, by topic."""
        texts = {
            "agents": ", ".join(self.agents) or "none",
            "compression": "" if self.compression else "not offered",
            "target options": self.options,
            "provider": self.provider_text,
            "provider is": self.provider_is,
            "tls": {VERIFIED: "certificates verified", UNVERIFIED: "certificates NOT verified (--insecure)"}.get(
                self.tls, ""
            ),
        }
        return {topic: text for topic, text in texts.items() if text}


def from_notes(data: dict[str, Any]) -> dict[str, Any]:
    """The facts from a `run.json` of 0.1.0, which kept them in `notes` and in fields of its own."""
    notes = data.get("notes", {})
    provider = notes.get("provider", "")
    tls = notes.get("tls", "")
    agents = notes.get("agents", "none")
    return {
        "dialect": data.get("dialect", ""),
        "commit": data.get("backend_commit", ""),
        "provider": provider.removesuffix(" (simulated)"),
        "simulated": provider.endswith(" (simulated)"),
        "provider_is": SIMULATED if provider.endswith(" (simulated)") else notes.get("provider is", ""),
        "agents": [] if agents == "none" else agents.split(", "),
        "options": notes.get("target options", ""),
        "compression": notes.get("compression") != "not offered",
        "tls": (UNVERIFIED if "NOT verified" in tls else VERIFIED) if tls else "",
    }
