"""Containers for kernels: memory pools, the calendar of pending events, histograms, queues.

They know nothing of agents or nodes; `model` uses them.
"""
