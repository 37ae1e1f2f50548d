"""The keys of a scenario file, typed: what may be written, in which unit and range, and its default."""
