"""The order of simultaneous events: by (time, kind, agent, stream, request, attempt, leg).

Engines number their events with these codes and nothing else, so that two engines, or two runs with
the agents created in another order, break every tie alike.
"""

from enum import IntEnum


class Kind(IntEnum):
    """Kinds of events, in the order in which those of one instant happen."""

    FAULT_BEGINS = 0
    FAULT_ENDS = 1
    SERVER_JOB_DONE = 2
    STORE_BATCH_DONE = 3
    ANSWER_ARRIVES = 4
    MESSAGE_ARRIVES = 5
    SERVER_TIMEOUT = 6
    AGENT_DEADLINE = 7
    AVAILABILITY = 8
    CREATED = 9
    FLUSH = 10
    RENEWAL = 11
    WAIT_OVER = 12
    HEARTBEAT = 13
    HEALTH_TICK = 14
    SAMPLE = 15


class Message(IntEnum):
    """A message between agent and node, in the order of one exchange (the `leg` of a tie)."""

    SYN = 0
    SYN_ACK = 1
    ACK = 2
    SERVER_HELLO = 3
    TLS_KEY = 4
    TLS_DONE = 5
    REQUEST = 6
    RESPONSE = 7
    FIN = 8
    RESET = 9


RECEIVED = len(Message)
"""The leg of a request's last byte on the node's own line."""
TURN = len(Message) + 1
"""The leg of a connection's turn in the accept queue, by `connect_rate`."""
LEGS = len(Message) + 2
"""How many legs there are: those of messages, and those that only a node sees."""
