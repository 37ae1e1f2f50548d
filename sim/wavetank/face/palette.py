"""Colours of every picture: those of Okabe and Ito (2008), told apart by colour-blind people, too."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES: tuple[list[int], ...] = ([], [6, 3], [2, 2], [8, 3, 2, 3], [1, 3])
"""Lines that are told apart in grey, too: lengths of strokes and gaps, [] is solid."""

FAULT = "#B03030"
INK = "#333333"
GRID = "#E5E5E5"
BEYOND = "#EFEFEF"
"""The ground of time that is simulated but not measured."""
