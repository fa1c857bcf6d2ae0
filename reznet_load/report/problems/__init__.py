"""The top problems of a run.

problem    the record of a problem
broken     operations that fail
slow       requirements whose value misses its limit
intended   options of the embedded target that cause problems on purpose
open       requirements that are not proven, and patterns that made nothing fail
every      all problems, the worst first
"""
