from wavetank.protocol.outbox import Outbox


def test_events_wait_and_are_taken_in_order() -> None:
    outbox = Outbox(0, False)
    assert outbox.admit(5) == ()
    assert (len(outbox), outbox.oldest(), outbox.nth(3), outbox.nth(7)) == (5, 0, 3, 7)
    assert outbox.take(2) == ((0, 2),)
    assert (len(outbox), outbox.oldest(), outbox.held) == (3, 2, 5)
    outbox.release(2)
    assert outbox.held == 3


def test_nothing_new_changes_nothing() -> None:
    outbox = Outbox(0, False)
    outbox.admit(5)
    assert outbox.admit(5) == outbox.admit(3) == ()
    assert (outbox.seen, outbox.held) == (5, 5)


def test_events_before_the_first_never_enter() -> None:
    outbox = Outbox(0, False, seen=7)
    assert outbox.oldest() == 7
    assert outbox.admit(9) == ()
    assert outbox.take(9) == ((7, 9),)


def test_drop_newest_keeps_what_it_has() -> None:
    outbox = Outbox(3, False)
    assert outbox.admit(5) == ((3, 5),)
    assert outbox.take(9) == ((0, 3),)
    assert outbox.admit(6) == ((5, 6),), "what is in flight takes its place"
    outbox.release(3)
    assert outbox.admit(8) == ()
    assert outbox.take(9) == ((6, 8),)


def test_drop_oldest_makes_room() -> None:
    outbox = Outbox(3, True)
    outbox.admit(3)
    assert outbox.admit(5) == ((0, 2),)
    assert outbox.take(9) == ((2, 5),)


def test_drop_oldest_cannot_drop_what_is_in_flight() -> None:
    outbox = Outbox(3, True)
    outbox.admit(3)
    outbox.take(3)
    assert outbox.admit(5) == ((3, 5),)
    assert outbox.held == 3


def test_batch_given_back_goes_first() -> None:
    outbox = Outbox(0, False)
    outbox.admit(4)
    batch = outbox.take(3)
    outbox.admit(6)
    outbox.give_back(batch)
    assert outbox.take(9) == ((0, 3), (3, 6))
    assert outbox.held == 6
