"""The generator's own limits: its signals, its garbage collections, and what waited for a core on its machine."""
