"""The registration of agents: once per UUID; repeating it is harmless, taking one over is refused.

The same key again is an answer as at first, another key for a known UUID is a refusal. Rule:
docs/model.md#registration.
"""

from enum import IntEnum


class Registration(IntEnum):
    """The outcome; its value is the status of the answer."""

    SAME = 200
    NEW = 201
    CONFLICT = 409


def registration(known: bool, revoked: bool, same_key: bool) -> Registration:
    """Judge a registration (docs/model.md#registration).

    `known`: the UUID is registered already; then `revoked` says whether the agent is refused for good, and
    `same_key` whether it shows the key that it was registered with.
    """
    if not known:
        return Registration.NEW
    return Registration.SAME if same_key and not revoked else Registration.CONFLICT


__all__ = ["Registration", "registration"]
