"""`resolve`: from checked keys to the integers, floats and codes that engines see."""

from wavetank.policy import registry
from wavetank.policy.backoff import Backoff
from wavetank.policy.codes import Stream
from wavetank.scenario import resolved as r
from wavetank.scenario.objectives import objectives
from wavetank.scenario.resolve_fleet import classes_of, networks_of
from wavetank.scenario.resolve_laws import Laws
from wavetank.scenario.resolve_server import server_of, sign_of, store_of
from wavetank.scenario.resolve_times import bins_of, tail_of
from wavetank.scenario.schema import agent as a
from wavetank.scenario.schema.top import Fault, Spec
from wavetank.scenario.tree import Tree

ENDPOINTS = tuple(stream.name.lower() for stream in Stream)


def resolve_spec(spec: Spec, tree: Tree, name: str, seed: int | None = None) -> r.Resolved:
    """The whole scenario; `seed` takes the place of its own. Raises ScenarioError for unreadable laws."""
    laws = Laws(tree)
    classes = classes_of(spec, laws)
    batching = (_batching(spec.batching.stateless), _batching(spec.batching.stateful))
    retry = tuple(_retry(getattr(spec.retry, endpoint, a.Retry())) for endpoint in ENDPOINTS)
    window_ns = spec.duration - spec.warmup
    commands, heartbeat = _commands(spec, laws), _heartbeat(spec.heartbeat)
    bin_ns, sample_bins = bins_of(spec.duration, classes, batching)
    return r.Resolved(
        name=name,
        seed=spec.seed if seed is None else seed,
        duration_ns=spec.duration,
        warmup_ns=spec.warmup,
        tail_ns=tail_of(window_ns, classes, batching, retry, (commands, heartbeat), laws.empirical()),
        bin_ns=bin_ns,
        sample_bins=sample_bins,
        agents=spec.fleet.agents,
        start=registry.STARTS[spec.fleet.start],
        ramp_ns=spec.fleet.ramp if spec.fleet.start == "ramp" else 0,
        classes=classes,
        networks=networks_of(spec, laws),
        auth=_auth(spec, laws),
        batching=batching,
        connection=_connection(spec.connection),
        commands=commands,
        heartbeat=heartbeat,
        retry=retry,
        balancer=r.Balancer(
            policy=registry.BALANCER_POLICIES[spec.balancer.policy],
            health_check_ns=spec.balancer.health_check,
            fall=spec.balancer.fall,
            rise=spec.balancer.rise,
            phase=registry.CHECK_PHASES[spec.balancer.phase],
        ),
        server=server_of(spec.server, laws),
        store=store_of(spec.store, laws),
        faults=tuple(_fault(fault) for fault in spec.fault),
        objectives=objectives(spec.slo, tuple(kind.name for kind in spec.fleet.classes), len(spec.fault)),
        empirical=laws.empirical(),
    )


def _auth(spec: Spec, laws: Laws) -> r.Auth:
    auth = spec.auth
    return r.Auth(
        scheme=registry.AUTH_SCHEMES[auth.scheme],
        ttl_ns=auth.ttl,
        renewal=registry.RENEWALS[auth.renew],
        margin_ns=auth.margin,
        jitter_ns=auth.jitter,
        on_rejection=registry.ON_REJECTIONS[auth.on_rejection],
        sign=sign_of(spec, laws),
    )


def _batching(rules: a.StatefulBatching) -> r.Batching:
    immediate = not (rules.count or rules.bytes or rules.age)
    stateless = rules if isinstance(rules, a.StatelessBatching) else a.StatelessBatching()
    return r.Batching(
        count=1 if immediate else rules.count,
        bytes=rules.bytes,
        age_ns=rules.age,
        age_from=registry.AGES_FROM[rules.age_from],
        max_in_flight=rules.max_in_flight,
        pause_after_ns=rules.pause_after,
        buffer_events=stateless.buffer_events,
        overflow=registry.OVERFLOWS[stateless.overflow],
    )


def _retry(retry: a.Retry) -> r.Retry:
    backoff = retry.backoff
    law = registry.BACKOFF_LAWS[backoff.law]
    return r.Retry(
        timeout_ns=retry.timeout,
        attempts=retry.attempts,
        backoff=Backoff(law, backoff.base, backoff.cap, backoff.jitter),
        honour_retry_after=retry.honour_retry_after,
    )


def _connection(connection: a.Connection) -> r.Connection:
    wire = connection.wire
    return r.Connection(
        strategy=registry.STRATEGIES[connection.strategy],
        tls=registry.TLS_VERSIONS[connection.tls.version],
        resume=connection.tls.resume,
        idle_ns=connection.idle_timeout,
        wire=r.Wire(
            request_bytes=wire.request,
            response_bytes=wire.response,
            handshake_up_bytes=wire.handshake_up,
            handshake_down_bytes=wire.handshake_down,
            resumed_up_bytes=wire.resumed_up,
            resumed_down_bytes=wire.resumed_down,
            command_bytes=wire.command,
        ),
    )


def _commands(spec: Spec, laws: Laws) -> r.Commands:
    commands = spec.commands
    return r.Commands(
        channel=registry.CHANNELS[commands.channel],
        source=laws.source(registry.PROCESSES["poisson"], commands.rate),
        period_ns=commands.period,
        hold_ns=commands.hold,
        server_hold_ns=commands.server_hold,
        pause_after_ns=commands.pause_after,
    )


def _heartbeat(heartbeat: a.Heartbeat) -> r.Heartbeat:
    return r.Heartbeat(
        period_ns=heartbeat.period,
        jitter_ns=heartbeat.jitter,
        size_bytes=heartbeat.size,
        offline_after_ns=heartbeat.offline_after,
        offline_sweep_ns=heartbeat.offline_sweep or heartbeat.offline_after,
    )


def _fault(fault: Fault) -> r.Fault:
    return r.Fault(
        kind=registry.FAULT_KINDS[fault.kind],
        at_ns=fault.at,
        lasts_ns=fault.down or fault.lasts,
        node=fault.node,
        share=float(fault.share),
        factor=fault.factor,
    )
