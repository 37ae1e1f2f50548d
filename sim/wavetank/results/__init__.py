"""Results of runs: histograms, series, accounting, verdict, statistics.

Engines fill a tally of exact integers; everything else here is computed from that tally and the scenario,
by the same code for every engine.
"""
