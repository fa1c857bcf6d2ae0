"""Every verdict proven both ways: a run for each fault of the embedded target, and in surroundings that go wrong.

cases     what each run must and must not say      surroundings   clocks that are set, full disks, too few open files
matrix    the runs, and what is not as expected
"""
