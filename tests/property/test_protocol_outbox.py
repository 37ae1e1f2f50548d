"""The outbox beside the obvious one: a plain list of event indices."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from wavetank.protocol.outbox import Outbox, Range


def indices(ranges: tuple[Range, ...]) -> list[int]:
    return [index for first, end in ranges for index in range(first, end)]


class OutboxModel(RuleBasedStateMachine):
    """`waiting` and `in_flight` are lists of indices; every index ends up delivered or dropped."""

    @initialize(capacity=st.integers(0, 12), drop_oldest=st.booleans(), seen=st.integers(0, 5))
    def begin(self, capacity: int, drop_oldest: bool, seen: int) -> None:
        self.outbox = Outbox(capacity, drop_oldest, seen)
        self.capacity, self.drop_oldest = capacity, drop_oldest
        self.first = self.created = seen
        self.waiting: list[int] = []
        self.batches: list[tuple[Range, ...]] = []
        self.gone: list[int] = []

    @rule(more=st.integers(0, 9))
    def admit(self, more: int) -> None:
        dropped = []
        flying = sum(len(indices(batch)) for batch in self.batches)
        for index in range(self.created, self.created + more):
            self.waiting.append(index)
            if self.capacity and len(self.waiting) + flying > self.capacity:
                dropped.append(self.waiting.pop(0 if self.drop_oldest else -1))
        self.created += more
        self.gone += dropped
        assert sorted(indices(self.outbox.admit(self.created))) == sorted(dropped)

    @rule(most=st.integers(1, 8))
    def take(self, most: int) -> None:
        batch = self.outbox.take(most)
        assert indices(batch) == self.waiting[:most]
        del self.waiting[:most]
        if batch:
            self.batches.append(batch)

    @precondition(lambda self: self.batches)
    @rule(which=st.integers(0, 99))
    def acknowledge(self, which: int) -> None:
        batch = indices(self.batches.pop(which % len(self.batches)))
        self.outbox.release(len(batch))
        self.gone += batch

    @precondition(lambda self: self.batches)
    @rule(which=st.integers(0, 99))
    def give_back(self, which: int) -> None:
        batch = self.batches.pop(which % len(self.batches))
        self.outbox.give_back(batch)
        self.waiting[:0] = indices(batch)

    @invariant()
    def agrees(self) -> None:
        flying = [index for batch in self.batches for index in indices(batch)]
        assert indices(tuple(self.outbox.waiting)) == self.waiting
        assert len(self.outbox) == len(self.waiting)
        assert self.outbox.held == len(self.waiting) + len(flying)
        assert self.outbox.seen == self.created
        assert self.outbox.oldest() == (self.waiting[0] if self.waiting else self.created)
        for n in range(len(self.waiting) + 2):
            future = self.created + n - len(self.waiting)
            assert self.outbox.nth(n) == (self.waiting[n] if n < len(self.waiting) else future)
        everything = sorted(self.waiting + flying + self.gone)
        assert everything == list(range(self.first, self.created)), "no event is lost, none is there twice"


def test_outbox_is_a_bounded_list() -> None:
    run_state_machine_as_test(OutboxModel, settings=settings(max_examples=50, stateful_step_count=30))
