from wavetank.real.transports.server.admission import Admission, source_of


def test_addresses_of_one_network_count_as_one() -> None:
    assert source_of("192.0.2.1") != source_of("192.0.2.2")
    assert source_of("2001:db8::1") == source_of("2001:db8::ffff:1") != source_of("2001:db8:0:1::1")
    assert source_of("fe80::1%eth0") == source_of("fe80::2%eth0")


def test_strangers_are_bounded_for_each_address() -> None:
    admission = Admission(100, 2)
    first, second = admission.enter("a"), admission.enter("a")
    assert admission.enter("a") is None
    assert admission.enter("b") is not None
    assert first is not None
    assert second is not None
    first.known()
    assert admission.enter("a") is not None, "who has shown credentials does not count"
    assert admission.enter("a") is None
    second.leave()
    second.leave()
    first.leave()
    assert len(admission) == 2, "a connection ends once"
    assert admission.enter("a") is not None
    assert admission.enter("a") is None


def test_all_together_are_bounded() -> None:
    admission = Admission(3, 2)
    tickets = [admission.enter(address) for address in "abc"]
    assert admission.enter("d") is None
    assert tickets[0] is not None
    tickets[0].known()
    assert admission.enter("d") is None, "known or not"
    tickets[0].leave()
    assert admission.enter("d") is not None


def test_peak_is_that_since_it_was_last_asked() -> None:
    admission = Admission(9, 9)
    tickets = [admission.enter("a") for _ in range(3)]
    for ticket in tickets[:2]:
        assert ticket is not None
        ticket.leave()
    assert (admission.peak(), admission.peak()) == (3, 1)
    admission.enter("a")
    assert admission.peak() == 2
