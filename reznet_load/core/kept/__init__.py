"""Files that a run writes while it is on: whole items or nothing, kept in memory while the disk takes nothing."""
