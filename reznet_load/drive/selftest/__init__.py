"""Checks the verdicts: a run for each fault of the embedded target, and runs under disturbed surroundings.

cases          what each run must and must not report
surroundings   clocks that are set, full disks, too few open files
matrix         makes the runs and compares their results with the cases
duel_cases     the rows that must be slower in a duel in which only B has the fault
duel_matrix    makes the duels and compares their results with the cases
"""
