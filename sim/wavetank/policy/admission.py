"""Rate limits: the token bucket, as one integer of state."""


def reserve(tat_ns: int, now_ns: int, interval_ns: int, burst: int, room: int) -> tuple[int, int]:
    """Take one token at `now_ns`, or be promised a later one: (when the token comes, the state to keep).

    At most `room` may wait for tokens at a time; -1 stands for no token, and the state is as before. With no
    room this is `take`.
    """
    due_ns = max(now_ns, tat_ns - (burst - 1) * interval_ns)
    # tokens come one interval apart, so this is how many would wait
    if -((now_ns - due_ns) // interval_ns) > room:
        return -1, tat_ns
    return due_ns, max(tat_ns, now_ns) + interval_ns


def take(tat_ns: int, now_ns: int, interval_ns: int, burst: int) -> tuple[bool, int]:
    """Try to take one token at `now_ns`: (admitted, the state to keep).

    The bucket holds `burst` tokens (at least 1), is full at the start (state 0) and gains a token each
    `interval_ns` (0: no limit). The state is the theoretical arrival time of the generic cell rate
    algorithm in virtual scheduling (ITU-T I.371, annex A), which is that bucket exactly, in integers.
    """
    if interval_ns <= 0:
        return True, tat_ns
    if now_ns < tat_ns - (burst - 1) * interval_ns:
        return False, tat_ns
    return True, max(tat_ns, now_ns) + interval_ns
