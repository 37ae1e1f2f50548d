"""Colours of every picture: those of Okabe and Ito (2008), told apart by colour-blind people, too."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
FAULT = "#B03030"
INK = "#333333"
GRID = "#E5E5E5"
