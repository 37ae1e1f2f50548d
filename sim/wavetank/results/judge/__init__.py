"""The judge: says of a run, step by step, whether its fleet is well, comes back, or is trapped.

Every statement is a stopping time: it is made at an instant, from what happened up to that instant, so a
longer run of the same seed never takes it back (docs/model.md#stopping-times). The judge knows no engine and
keeps a bounded state: it is fed the samples of a run, and of its twin without faults, and can be asked at any
time.

`grid` says at which instants a scenario is sampled, `sample` what a sample holds.
"""
