"""Proves every verdict both ways: a run for each fault of the embedded target, and runs under disturbed surroundings.

cases          what each run must and must not report
surroundings   clocks that are set, full disks, too few open files
matrix         the runs, and which results are not as expected
"""
