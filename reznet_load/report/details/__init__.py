"""Sections of `DETAILS.md`, next to the results document: what is looked up and not read, each the template of its name."""
