"""What is known of whether the provider behind the agents is real, as a note of the run; without it nothing is known."""

from __future__ import annotations

PROVIDER_IS = "provider is"  # its key in RunInfo.notes
REAL, SIMULATED = "real", "simulated"
