"""Checks across keys: whether the keys of a scenario fit one another."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from wavetank.errors import ScenarioError
from wavetank.scenario.gathering import Gathering
from wavetank.scenario.livelock import check_repeats
from wavetank.scenario.objectives import Unknown, objectives
from wavetank.scenario.positions import Path
from wavetank.scenario.schema.fleet import NO_NETWORK, Stream
from wavetank.scenario.schema.leaf import Misfit, shown
from wavetank.scenario.schema.top import Fault, Spec
from wavetank.scenario.slo_words import WINDOWS
from wavetank.scenario.tree import Tree
from wavetank.units import format_duration, format_share

_RESERVED = ("stateless", "stateful")


def check(spec: Spec, tree: Tree) -> None:
    """Raises ScenarioError for all contradictions found."""
    gathering = Gathering()
    gathering.add(contradictions(spec, tree, set()))
    gathering.finish()


def contradictions(spec: Spec, tree: Tree, unread: Collection[str]) -> list[ScenarioError]:
    """The contradictions of a scenario, except those that could be due to top-level keys left `unread`."""
    errors = [error for checks, reads in _CHECKS if not reads & set(unread) for error in checks(spec, tree)]
    if not errors and not unread:
        errors += check_repeats(spec, tree)
    return errors


def _check_streams(spec: Spec, tree: Tree) -> Iterator[ScenarioError]:
    for index, kind in enumerate(spec.fleet.classes):
        for name, stream in (("stateless", kind.stateless), ("stateful", kind.stateful)):
            if stream is not None:
                yield from _check_stream(stream, spec, tree, ("fleet", "class", index, name))


def _check_faults(spec: Spec, tree: Tree) -> Iterator[ScenarioError]:
    for index, fault in enumerate(spec.fault):
        yield from _check_fault(fault, spec, tree, ("fault", index))


def _check_times(spec: Spec, tree: Tree) -> Iterator[ScenarioError]:
    if spec.warmup >= spec.duration:
        end = format_duration(spec.duration)
        yield tree.error(("warmup",), f"nothing is left after the warm-up; it must end before {end}")
    if spec.fleet.start == "ramp" and not spec.fleet.ramp:
        yield tree.error(("fleet", "start"), 'start = "ramp" needs ramp; write ramp = "10min"')


def _check_fleet(spec: Spec, tree: Tree) -> Iterator[ScenarioError]:
    if NO_NETWORK in spec.network:
        yield tree.error(("network", NO_NETWORK), "this name means no network; take another", key=True)
    names: set[str] = set()
    for index, kind in enumerate(spec.fleet.classes):
        path: Path = ("fleet", "class", index)
        if kind.name in _RESERVED:
            yield tree.error((*path, "name"), f'"{kind.name}" is the name of a stream; take another')
        if kind.name in names:
            yield tree.error((*path, "name"), f'two classes are named "{kind.name}"; rename one')
        names.add(kind.name)
        if kind.network not in (NO_NETWORK, *spec.network):
            yield tree.error((*path, "network"), _unknown_network(kind.network, spec.network))
    yield from _check_shares(spec, tree)


def _unknown_network(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f'did you mean "{near[0]}"?' if near else f"write a table [network.{name}]"
    return f"{shown(name)} is not a network of this scenario; {hint}"


def _check_shares(spec: Spec, tree: Tree) -> Iterator[ScenarioError]:
    shares = [kind.share for kind in spec.fleet.classes]
    if not shares:
        return
    open_ = [index for index, share in enumerate(shares) if not share]
    if len(open_) > 1:
        path: Path = ("fleet", "class", open_[1])
        yield tree.error(path, 'share is missing here and in another class; write share = "20%"')
        return
    given = [index for index, share in enumerate(shares) if share]
    total = sum(shares, Fraction(0))
    if total > 1 or (total == 1 and open_) or (total < 1 and not open_):
        at: Path = ("fleet", "class", given[-1], "share")
        right = "leave less than 100% to the rest" if open_ else "make them 100%, or leave one share out"
        near = {-1: "a little less than ", 1: "a little more than "}.get((total > 1) - (total < 1), "")
        said = format_share(total)
        yield tree.error(at, f"the shares add up to {near if said == '100%' else ''}{said}; {right}")


def _check_stream(stream: Stream, spec: Spec, tree: Tree, path: Path) -> Iterator[ScenarioError]:
    given, process = stream.model_fields_set, stream.process
    needs = "think" if process == "closed" else "rate"
    refuses = ("rate", "profile", "phase") if process == "closed" else ("think",)
    if process == "poisson":
        refuses = (*refuses, "phase")
    for name in refuses:
        if name in given:
            yield tree.error((*path, name), f"a {process} stream has no {name}; it takes {needs}", key=True)
    if needs not in given:
        example = 'think = "10s"' if needs == "think" else 'rate = "2/s"'
        yield tree.error(path, f"a {process} stream needs {needs}; write {example}")
    yield from _check_flushes(stream, spec, tree, path)


def _check_flushes(stream: Stream, spec: Spec, tree: Tree, path: Path) -> Iterator[ScenarioError]:
    """Refuse rules under which a batch would never be sent."""
    name = str(path[-1])
    rules = spec.batching.stateless if name == "stateless" else spec.batching.stateful
    table: Path = ("batching", name)
    if rules.age or rules.count == 1:
        return
    if stream.process == "closed" and (rules.count or rules.bytes):
        yield tree.error(
            table, "a closed stream makes one event at a time and would never fill a batch; add age"
        )
        return
    if rules.bytes and not rules.count and stream.size is None:
        yield tree.error(
            (*table, "bytes"), f"events of class {_class(spec, path)} have no size; add age or size"
        )
    held = spec.batching.stateless.buffer_events if name == "stateless" else 0
    if held and rules.count > held and not rules.bytes:
        message = f"the buffer holds {held} events and a batch has {rules.count}: none is ever sent; add age"
        yield tree.error((*table, "count"), message)


def _class(spec: Spec, path: Path) -> str:
    return spec.fleet.classes[int(path[2])].name


def _check_auth(spec: Spec, tree: Tree) -> Iterator[ScenarioError]:
    auth = spec.auth
    if auth.scheme != "server-token":
        return
    if not auth.ttl:
        yield tree.error(("auth", "scheme"), 'server-token needs ttl; write ttl = "15min"')
        return
    if auth.renew == "before-expiry" and auth.margin + auth.jitter >= auth.ttl:
        name = "margin" if auth.margin >= auth.ttl else "jitter"
        lead = format_duration(auth.margin + auth.jitter)
        ttl = format_duration(auth.ttl)
        yield tree.error(
            ("auth", name), f"renewing {lead} before a token of {ttl} expires; make it less than ttl"
        )


def _check_signing(spec: Spec, tree: Tree) -> Iterator[ScenarioError]:
    """A card without the algorithm would make its signatures free of charge in silence."""
    auth, sign = spec.auth, spec.server.sign
    if auth.scheme != "server-token" or not auth.algorithm or not sign:
        return
    cost = sign.get(auth.algorithm)
    if cost is None:
        known = ", ".join(sign)
        message = f"server.sign has no costs of {auth.algorithm}; take one of {known}, or add them"
        yield tree.error(("auth", "algorithm"), message)
        return
    law = cost.cached if auth.key == "cached" else cost.parsed
    if law is None and (cost.cached or cost.parsed):
        path: Path = ("auth", "key") if "key" in auth.model_fields_set else ("auth", "algorithm")
        where = f"server.sign.{auth.algorithm}"
        yield tree.error(path, f"{where} has no {auth.key}; add it, or take the other key")


def _check_commands(spec: Spec, tree: Tree) -> Iterator[ScenarioError]:
    channel = spec.commands.channel
    if channel == "poll" and not spec.commands.period:
        yield tree.error(("commands", "channel"), 'the channel poll needs period; write period = "10s"')
    beat = spec.heartbeat
    if channel == "piggyback" and not beat.period:
        message = "the channel piggyback rides on the heartbeat and needs heartbeat.period; write it"
        yield tree.error(("commands", "channel"), message)
    if beat.model_fields_set and not beat.period:
        yield tree.error(("heartbeat",), 'a heartbeat needs period; write period = "10s"')
    if beat.offline_sweep and not beat.offline_after:
        yield tree.error(("heartbeat", "offline_sweep"), "offline_sweep needs offline_after; add it")


def _check_balancer(spec: Spec, tree: Tree) -> Iterator[ScenarioError]:
    for name in ("fall", "rise", "phase"):
        if name in spec.balancer.model_fields_set and not spec.balancer.health_check:
            yield tree.error(("balancer", name), f'{name} needs health_check; write health_check = "2s"')


def _check_store(spec: Spec, tree: Tree) -> Iterator[ScenarioError]:
    if spec.store.model_fields_set and not spec.store.parallelism:
        yield tree.error(("store",), "a store needs parallelism; write parallelism = 1")


# per kind: keys that it needs, keys that it may have
FAULT_KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "node-restart": (("node", "down"), ()),
    "node-loss": (("node", "lasts"), ()),
    "key-rotation": ((), ()),
    "invalid-credentials": (("share",), ()),
    "brown-out": (("factor", "lasts"), ("node",)),
    "cold-start": ((), ()),
}


def _check_fault(fault: Fault, spec: Spec, tree: Tree, path: Path) -> Iterator[ScenarioError]:
    needs, may = FAULT_KEYS[fault.kind]
    given = fault.model_fields_set - {"kind", "at"}
    for name in Fault.model_fields:
        if name in given and name not in (*needs, *may):
            takes = ", ".join(("at", *needs, *may))
            yield tree.error((*path, name), f"a {fault.kind} has no {name}; it takes {takes}", key=True)
    for name in needs:
        if name not in given:
            yield tree.error((*path, "kind"), f"a {fault.kind} needs {name}; add it")
    if fault.at >= spec.duration:
        end = format_duration(spec.duration)
        yield tree.error((*path, "at"), f"the run ends at {end}, before this fault; make it earlier")
    if fault.node >= spec.server.nodes:
        last = spec.server.nodes - 1
        right = "the only node is 0" if last == 0 else f"nodes are 0 to {last}"
        yield tree.error((*path, "node"), f"there is no node {fault.node}; {right}")


MOST_TICKS = 10_000_000
"""More turns of one clock in a run than would ever end."""


def _check_ticks(spec: Spec, tree: Tree) -> Iterator[ScenarioError]:
    beat, auth = spec.heartbeat, spec.auth
    early = auth.margin + auth.jitter if auth.renew == "before-expiry" else 0
    clocks: tuple[tuple[Path, int], ...] = (
        (("heartbeat", "period"), beat.period),
        (("heartbeat", "offline_sweep"), beat.offline_sweep),
        (("heartbeat", "offline_after"), 0 if beat.offline_sweep else beat.offline_after),
        (("commands", "period"), spec.commands.period),
        (("balancer", "health_check"), spec.balancer.health_check),
        (("auth", "margin" if early else "ttl"), auth.ttl - early),
    )
    for path, period in clocks:
        if period and spec.duration // period > MOST_TICKS:
            turns = f"{spec.duration // period:_} turns of {format_duration(period)} in one run"
            yield tree.error(path, f"{turns} would never end; make it longer, at most {MOST_TICKS:_} turns")


def _one_by_one(slo: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield parts of [slo], so that a mistake in one does not hide those in others."""
    for key, value in slo.items():
        if key in WINDOWS and isinstance(value, dict) and value:
            yield from ({key: {word: bound}} for word, bound in value.items())
        else:
            yield {key: value}


def _check_objectives(spec: Spec, tree: Tree) -> Iterator[ScenarioError]:
    names = tuple(kind.name for kind in spec.fleet.classes)
    for bound in _one_by_one(spec.slo):
        try:
            objectives(bound, names, len(spec.fault))
        except Misfit as misfit:
            unknown = isinstance(misfit, Unknown)
            yield tree.error(("slo", *misfit.where), misfit.message, key=unknown)


_CHECKS: tuple[tuple[Callable[[Spec, Tree], Iterable[ScenarioError]], frozenset[str]], ...] = (
    (_check_times, frozenset({"duration", "warmup", "fleet"})),
    (_check_fleet, frozenset({"fleet", "network"})),
    (_check_streams, frozenset({"fleet", "batching"})),
    (_check_auth, frozenset({"auth"})),
    (_check_signing, frozenset({"auth", "server"})),
    (_check_commands, frozenset({"commands", "heartbeat"})),
    (_check_balancer, frozenset({"balancer"})),
    (_check_store, frozenset({"store"})),
    (_check_faults, frozenset({"fault", "duration", "server"})),
    (_check_ticks, frozenset({"duration", "heartbeat", "commands", "balancer", "auth"})),
    (_check_objectives, frozenset({"slo", "fleet", "fault"})),
)
"""Every check, with the top-level keys that it reads."""
