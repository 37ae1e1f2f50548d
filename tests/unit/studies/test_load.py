from math import exp, inf

import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved, scenario
from wavetank.policy.codes import Activity, Stream
from wavetank.studies.load import connections_per_request, load_at, loads, login_capacity_per_s, login_cost_s
from wavetank.studies.replications import run


def test_erlangs_of_a_bare_queue() -> None:
    load = load_at(resolved())
    assert load.offered == pytest.approx(20 * 0.010)
    assert load.utilisation == pytest.approx(0.2)
    assert (load.cores, load.events_per_s, load.handshakes_per_s) == (1, 20, 0)


def test_all_parts_of_a_request_count() -> None:
    costs = (
        "auth={scheme='self-token'}", "batching.stateless.count=5", "fleet.class.desk.stateless.size=100B",
        "server.service={parse='1ms', auth='2ms', stateless='3ms', per_event='1ms', per_byte='10us'}",
    )  # fmt: skip
    erlangs = load_at(resolved(QUEUE, *costs)).erlangs
    assert erlangs[Activity.PARSE] == pytest.approx(4 * 0.001)
    assert erlangs[Activity.AUTH] == pytest.approx(4 * 0.002)
    assert erlangs[Activity.EVENTS] == pytest.approx(4 * (0.003 + 5 * 0.001 + 500 * 10e-6))


def test_login_pays_for_signature_and_handshake() -> None:
    changed = resolved(
        STORM, "auth.algorithm=RS256", "server.sign.RS256={cached='3ms', parsed='50ms'}", "auth.key=parsed"
    )
    assert login_cost_s(changed) == pytest.approx(0.002 + 0.010 + 0.050)
    assert login_capacity_per_s(changed) == pytest.approx(2 / 0.062)
    limited = changed._replace(server=resolved(STORM, "server.limits.login_rate={rate='7/s'}").server)
    assert login_capacity_per_s(limited) == pytest.approx(7)
    assert login_capacity_per_s(resolved(QUEUE, "server.service={}")) == inf


def test_few_workers_leave_cores_idle() -> None:
    assert load_at(resolved(QUEUE, "server.cores=4", "server.workers=2", "server.nodes=3")).cores == 6


def test_mean_and_peak_of_a_profile() -> None:
    mean, peak = loads(resolved(QUEUE, "fleet.class.desk.stateless.profile=[['0s', 1.0], ['20s', 4.0]]"))
    assert peak.utilisation == pytest.approx(0.8)
    assert mean.utilisation == pytest.approx(0.2 * 2 / 3 + 0.8 / 3)


@pytest.mark.parametrize(
    ("sets", "share"),
    [
        ((), 1.0),
        (("connection.strategy=keep-alive",), 0.0),
        (("connection={strategy='keep-alive', idle_timeout='2s'}",), exp(-2)),
        (("connection={strategy='keep-alive', idle_timeout='2s'}", "batching.stateless.age=500ms"), 0.0),
        (("connection={strategy='keep-alive', idle_timeout='2s'}", "batching.stateless.age=9s"), 1.0),
        (("connection={strategy='keep-alive'}", "server.idle_timeout=2s", "batching.stateless.age=9s"), 1.0),
    ],
)
def test_connections_per_request(sets: tuple[str, ...], share: float) -> None:
    changed = resolved(QUEUE, *sets)
    (flow,) = load_at(changed).flows
    assert connections_per_request(changed, flow) == pytest.approx(share)


def test_closed_form_agrees_with_the_simulation() -> None:
    calm = scenario(STORM, "fault=[]", "fleet.agents=100", "duration=2min", "warmup=20s")
    load, summary = load_at(calm.resolve()), run(calm).summary
    assert summary["server_utilisation"] == pytest.approx(load.utilisation, rel=0.05)
    assert summary["request_rate_per_s.stateless"] == pytest.approx(
        load.requests_per_s(Stream.STATELESS), rel=0.05
    )
    assert summary["login_rate_per_s"] == pytest.approx(load.requests_per_s(Stream.LOGIN), rel=0.05)
    assert summary["handshake_rate_per_s"] == pytest.approx(load.handshakes_per_s, rel=0.05)
