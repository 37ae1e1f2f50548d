"""Predictions held against measurements: other people's tables, and runs against the real server."""
