"""Questions that take many runs, and those that take none.

A study calls engines and the judge, and is itself free of both: it works on results. Same seeds, same
figures, with any number of processes.

Nothing is imported here: `run` then pays for no study but its own, and each name has one home.
"""
