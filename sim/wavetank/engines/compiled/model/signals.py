"""Counts and levels for the judge, kept at each change and read by `sample`.

A count or level of the judge changes at the instant at which it happens, and an agent that has left the
run changes none. Rule: docs/model.md#signals. Its twin is engines/reference/signals.py.
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.fifo import append_word
from wavetank.engines.compiled.model.gauge import change
from wavetank.engines.compiled.model.needs import counts, signals_of
from wavetank.engines.compiled.model.parts import Agent
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry
from wavetank.results.judge.sample import NO_TOKEN


@entry("judged")
def acknowledged(w: World, agent: Agent, events: int) -> None:
    """Events were acknowledged to their agent."""
    if counts(w, agent):
        w.signals.acknowledged += events
        change(w, w.signals.settled, events, w.now)


@entry("judged")
def given_up(w: World, agent: Agent, events: int) -> None:
    """Events were given up."""
    s = signals_of(w, agent)
    s.dropped += events
    if not s.left:
        w.signals.dropped += events
        change(w, w.signals.settled, events, w.now)


@entry("judged")
def thought(w: World, agent: Agent) -> None:
    """A closed stream's think time is over."""
    if counts(w, agent):
        change(w, w.signals.thought, 1, w.now)


@entry("judged")
def login_begins(w: World, agent: Agent) -> None:
    """The first attempt of a login is sent."""
    has_token = agent.serial > 0 and agent.began_ns < 0
    append_word(w, w.signals.renewed, agent.issued_ns if has_token else NO_TOKEN)


@entry("judged")
def note_offline(w: World, agent: Agent, by: int) -> None:
    """An agent goes offline (+1) or begins anew (-1)."""
    if counts(w, agent):
        w.signals.offline += by


__all__ = ["acknowledged", "given_up", "login_begins", "note_offline", "thought"]
