import pytest

from wavetank.validation.calibration.costs import Spread, costs_of, spread
from wavetank.validation.calibration.operations import BATCHES, Operation

PARSE, AUTH, STATELESS, STATEFUL, EVENT, BYTE = 100.0, 50.0, 30.0, 400.0, 2.0, 0.01
PLAIN = {"parse": 100, "auth": 150, "poll": 180, "login": 900, "handshake": 1100, "handshake, resumed": 700}


def spreads(per_byte: float = BYTE) -> dict[Operation, Spread]:
    """Operations whose costs are known: exactly what a card with these figures says."""
    known = {Operation(name): Spread(us, us, us) for name, us in PLAIN.items()}
    for kind, base in (("stateless", STATELESS), ("stateful", STATEFUL)):
        for events, size in BATCHES:
            body = events * (size + 20) + 12
            us = PARSE + AUTH + base + events * EVENT + body * per_byte
            known[Operation(f"{kind}, {events} x {size} B", events, body)] = Spread(us, us, us)
    return known


def test_costs_come_out_as_they_were_put_in() -> None:
    costs = costs_of(spreads())
    assert costs.service == pytest.approx(
        {
            "handshake": 1000, "handshake_resumed": 600, "parse": 100, "auth": 50, "login": 800,
            "commands": 30, "stateless": 30, "stateful": 400, "per_event": 2, "per_byte": 0.01,
        }
    )  # fmt: skip
    assert costs.misfit == pytest.approx(0, abs=1e-9)


def test_no_cost_is_below_zero_and_the_others_are_fitted_without_it() -> None:
    costs = costs_of(spreads(per_byte=-0.0001))
    assert costs.service["per_byte"] == 0
    assert costs.service["per_event"] == pytest.approx(2, rel=0.05)
    assert 0 < costs.misfit < 0.05


def test_a_line_that_does_not_fit_says_by_how_much() -> None:
    bent = spreads()
    operation = next(each for each in bent if each.name == "stateful, 100 x 1000 B")
    bent[operation] = Spread(0, 2 * bent[operation].mid, 0)
    assert costs_of(bent).misfit > 0.1


def test_spread() -> None:
    assert spread([3, 1, 2]) == (1, 2, 3)
    assert str(spread([3, 1, 2])) == "2 us (1 to 3)"


def test_a_server_out_of_reach_has_no_costs() -> None:
    nothing = costs_of({operation: Spread(0, 0, 0) for operation in spreads()})
    assert set(nothing.service.values()) == {0}
    assert nothing.misfit == 0
