"""Measures what each operation of a running server costs, and writes a cost card."""
