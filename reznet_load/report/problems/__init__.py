"""The top problems of a run.

problem    the record of a problem
broken     operations that fail
slow       requirements whose value misses its limit
intended   options of the embedded target that cause problems on purpose
open       requirements that are not proven, and patterns that made nothing fail
joined     problems with one cause that are shown as one
probed     what a PROBE row is that a problem names
every      all problems, the worst first
"""
