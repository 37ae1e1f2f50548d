"""The `wavetank` command, a thin shell over the Python API."""
