"""Containers for kernels: memory pools, the calendar of pending events, histograms, queues.

A structure of a pool does not move until it is given back, so a pointer to it stays valid.
Containers know nothing of agents or nodes; `model` uses them.
"""
