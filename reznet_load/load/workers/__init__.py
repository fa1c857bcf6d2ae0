"""Master and workers: which workers join, with what options, their clocks, their absences."""
