"""Kills without end, and the verdict: what was accepted is stored, and stored once."""

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.chaos.proxy import some_fault
from tests.chaos.world import PATIENCE_S, Agent, Server, World, wait_for

LONGEST_LIFE_S = 1.5

Say = Callable[[str], None]


class Point(NamedTuple):
    """Where a process stops, and who is killed there."""

    stops: str
    name: str
    killed: str


# A server that has a batch and has not committed it, with its agent killed, is the agent's "after sending".
POINTS = (
    Point("agent", "before-write", "agent"),
    Point("agent", "written", "agent"),
    Point("agent", "before-send", "agent"),
    Point("server", "before-commit", "agent"),
    Point("server", "before-commit", "server"),
    Point("server", "committed", "agent"),
    Point("server", "committed", "server"),
    Point("server", "acknowledged", "server"),
    Point("server", "acknowledged", "both"),
    Point("agent", "answered", "agent"),
    Point("agent", "answered", "both"),
    Point("agent", "deleted", "agent"),
)


class Verdict(NamedTuple):
    """Fates of the events. `lost` were accepted and are not stored, `doubled` are stored again, and
    `strange` are stored under another number than the agent said, or were never made. `conflicting` came
    under a number that has other contents.
    """

    accepted: int
    doubtful: int
    stored: int
    repeats: int
    conflicting: int
    lost: list[str]
    doubled: list[str]
    strange: list[str]
    unbalanced: list[str]

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.strange or self.unbalanced or self.conflicting)


def storm(
    base: Path,
    seed: int,
    points: tuple[Point, ...],
    kills: int,
    least_events: int,
    say: Callable[[str], None],
) -> tuple[Verdict, Counter[str]]:
    """Kill at each of the points and at `kills` random times, and restart well a few times in between.

    Returns the verdict, and the kills and restarts by kind.
    """
    chance = random.Random(seed)
    plan: list[Point | int] = [*points, *[signal.SIGKILL] * kills, *[signal.SIGTERM] * restarts(kills)]
    chance.shuffle(plan)
    world = World(base, seed)
    done: Counter[str] = Counter()
    try:
        for agent in world.agents:
            agent.start()
        wait_for(lambda: world.agents[1].keeps()[0] > 0, "the file is followed")
        world.ledger.ask("rotate")
        for number, blow in enumerate(plan):
            if isinstance(blow, Point):
                world.proxy.fault = "none"
                said = at_point(world, blow, chance)
            else:
                world.proxy.fault = some_fault(chance)
                said = at_random(world, blow, chance)
            done[said] += 1
            say(f"{number + 1}/{len(plan)} {said}, {sum(made(world))} events")
        world.proxy.fault = "none"
        wait_for(lambda: sum(made(world)) >= least_events, "enough events were made", 300)
        return settle(world), done
    finally:
        world.close()


def restarts(kills: int) -> int:
    """How many ends with SIGTERM there are among so many kills."""
    return -(-kills // 6)


def made(world: World) -> tuple[int, int]:
    """How many events were accepted so far."""
    told = world.ledger.ask("tell")
    return told["piped"], told["followed"]


def at_random(world: World, number: int, chance: random.Random) -> str:
    """Send a signal to one or some of them, some time after the last start, and start them again."""
    server, (piped, followed) = world.server, world.agents
    time.sleep(chance.uniform(0.02, LONGEST_LIFE_S))
    some: tuple[tuple[Server | Agent, ...], ...] = (
        *((server,), (server,), (piped,), (followed,)),
        *((piped, followed), (server, piped)),
    )
    victims = chance.choice(some)
    for victim in victims:
        victim.send(number)
    for victim in victims:  # one after the other is started again, some after a while
        victim.wait()
        if chance.random() < 0.3:
            time.sleep(chance.uniform(0, 0.3))
        victim.start()
    label = "killed at random: " if number == signal.SIGKILL else "ended and started: "
    return label + " and ".join("server" if victim is server else "agent" for victim in victims)


def at_point(world: World, point: Point, chance: random.Random) -> str:
    """Start a process that stops at a point, wait until it does, and kill there."""
    server, agent = world.server, chance.choice(world.agents)
    stops: Server | Agent = server if point.stops == "server" else agent
    stops.kill()
    stops.start(point.name, chance.randrange(1, 4))
    everyone: tuple[Server | Agent, ...] = (server, *world.agents)
    for other in everyone:
        if not other.runs:
            other.start()
    wait_for(lambda: stops.stopped, f"{point.stops} stops {point.name}")
    those: dict[str, list[Server | Agent]] = {"agent": [agent], "server": [server], "both": [agent, server]}
    killed = those[point.killed]
    for victim in killed:
        victim.kill()
    if stops not in killed:
        stops.send(signal.SIGCONT)
    for victim in killed:
        victim.start()
    return f"{point.stops} {point.name}, {point.killed} killed"


def settle(world: World) -> Verdict:
    """End the making of events, let all of them arrive, and compare."""
    piped, followed = world.agents
    told = world.ledger.ask("end")
    server = world.server
    server.await_ready()

    def arrived(agent: Agent, count: int) -> bool:
        produced, queued = agent.keeps()
        return produced >= count and queued == 0

    # what is in doubt may be produced too: of the piped ones only the last number tells that all are counted
    for agent, count in ((piped, told["last"]), (followed, told["followed"])):
        give_up = time.monotonic() + PATIENCE_S
        while not arrived(agent, count) and time.monotonic() < give_up:
            time.sleep(0.1)
        agent.end()
    return judged(world)


def judged(world: World) -> Verdict:
    """Compare the ledger with what the server has stored."""
    ledger, server = world.ledger.ask("show"), world.server
    numbers: dict[str, int] = ledger["accepted"]
    wanted, allowed = {*numbers, *ledger["followed"]}, set(ledger["doubtful"])
    (world.base / "ledger.json").write_text(json.dumps(ledger))
    stored = [event for agent in world.agents for event in server.events(agent.uuid)]
    times = Counter(event["data"] for event in stored)
    return Verdict(
        accepted=len(wanted),
        doubtful=len(allowed),
        stored=len(stored),
        repeats=server.metric("wavetank_events_duplicate_total"),
        conflicting=server.metric("wavetank_events_conflicting_total"),
        lost=sorted(wanted - times.keys()),
        doubled=sorted(data for data, count in times.items() if count > 1),
        strange=sorted(times.keys() - wanted - allowed)
        + [
            event["data"]
            for event in stored
            if event["sequence"] != numbers.get(event["data"], event["sequence"])
        ],
        unbalanced=[text for agent in world.agents for text in unbalanced(agent.status())],
    )


def unbalanced(status: dict[str, Any]) -> list[str]:
    """Where produced = delivered + dropped + queued does not hold, or stateful events are dropped or kept, or
    a rotated file could not be read.
    """
    counts, queued = status["counts"], status["queued"]["stateful"]
    produced = counts.get("produced.stateful", 0)
    others = sum(value for name, value in counts.items() if name.split(".")[1] == "stateful") - produced
    wrong = [] if produced == others + queued else [f"{produced} produced, {others} + {queued} accounted for"]
    wrong += [f"{queued} still kept"] if queued else []
    return wrong + [
        f"{value} {name}"
        for name, value in counts.items()
        if name.startswith(("dropped.stateful", "followed.unread"))
    ]
