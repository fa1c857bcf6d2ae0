"""Files that a run appends to: only whole items are written, and they wait in memory while the disk is full."""
