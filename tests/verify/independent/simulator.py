"""A second opinion: a small simulator of agents and one server node, written from docs/model.md alone.

It shares nothing with the engines: no code, no random numbers, no clock in nanoseconds. Events are closures
in a heap, times are seconds in floats. It reads the TOML of its four scenarios (in this folder) by itself,
knows what they say and no more, and counts totals. The rules in comments are those of docs/model.md.
"""

import heapq
import tomllib
from collections import Counter, deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

UNITS_S = {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}
SYN_AGAIN_S = (1.0, 3.0, 7.0, 15.0)
"""When a SYN that met silence is sent again, after the first one (docs/model.md#connection-slots)."""


def quantity(text: str) -> float:
    """Seconds of "20ms", events per second of "1/min"."""
    if "/" in text:
        number, unit = text.split("/")
        return float(number) / UNITS_S[unit]
    number = text.rstrip("smhin")
    return float(number) * UNITS_S[text[len(number) :]]


class Simulation:
    """One run of one scenario; `counts` are its totals."""

    def __init__(self, scenario: Path, seed: int) -> None:
        self.plan: dict[str, Any] = tomllib.loads(scenario.read_text(encoding="utf-8"))
        self.chance = Random(f"{scenario.stem} {seed}")
        self.counts: Counter[str] = Counter()
        self.now_s, self._heap, self._number = 0.0, [], 0
        self.service_s = {k: quantity(law["mean"]) for k, law in self.plan["server"]["service"].items()}
        low, high = (quantity(self.plan["network"]["line"]["delay"][end]) for end in ("low", "high"))
        self.delay_s: Callable[[], float] = lambda: self.chance.uniform(low, high)
        self.node = Node(self)
        self.agents = [Agent(self) for _ in range(self.plan["fleet"]["agents"])]

    _heap: list[tuple[float, int, Callable[[], None]]]

    def after(self, wait_s: float, action: Callable[[], None]) -> None:
        """Do something later."""
        self._number += 1
        heapq.heappush(self._heap, (self.now_s + wait_s, self._number, action))

    def run(self) -> Counter[str]:
        """Simulate everything before the duration."""
        duration_s = quantity(self.plan["duration"])
        for fault in self.plan.get("fault", ()):
            self.after(quantity(fault["at"]), partial(self.node.restart, quantity(fault["down"])))
        for agent in self.agents:
            agent.begin()
        while self._heap and self._heap[0][0] < duration_s:
            self.now_s, _, action = heapq.heappop(self._heap)
            action()
        return self.counts

    def totals(self) -> dict[str, float]:
        """Run, and return the counts and the share of the cores' time in which they worked."""
        counts = self.run()
        cores_s = quantity(self.plan["duration"]) * self.plan["server"]["cores"]
        return {**counts, "utilisation": counts["busy us"] / 1e6 / cores_s}


class Node:
    """Cores that serve first come first served, and places for connections (docs/model.md#cores)."""

    def __init__(self, sim: Simulation) -> None:
        self.sim, self.idle, self.jobs = sim, sim.plan["server"]["cores"], deque[Attempt]()
        limits = sim.plan["server"].get("limits", {})
        self.most = limits["connections"]["value"] if limits else 10**9
        self.room = self.most + limits.get("accept_queue", 0)
        self.open, self.places = 0, 0
        self.waiting: deque[Attempt] = deque()
        self.present: dict[Attempt, None] = {}
        self.serves_abandoned = sim.plan["server"].get("serve_abandoned", False)
        self.is_up, self.life = True, 0

    def restart(self, down_s: float) -> None:
        """Work and connections are lost; agents hear it one delay later (docs/model.md#node-faults)."""
        here, self.present = self.present, {}
        self.jobs.clear()
        self.waiting.clear()
        self.open = self.places = 0
        self.is_up, self.idle = False, self.sim.plan["server"]["cores"]
        self.life += 1
        for attempt in here:
            self.sim.after(self.sim.delay_s(), attempt.reset)
        self.sim.after(down_s, lambda: setattr(self, "is_up", True))

    def syn(self, attempt: "Attempt") -> None:
        """A place is reserved when the SYN arrives, or there is none."""
        if not self.is_up:
            self.sim.after(self.sim.delay_s(), attempt.reset)
        elif self.places >= self.room:
            self.sim.counts["silent"] += 1
        else:
            self.places += 1
            self.present[attempt] = None
            self.sim.after(self.sim.delay_s(), attempt.syn_is_answered)

    def request(self, attempt: "Attempt") -> None:
        """ACK and request are one message; without a free connection they wait in the accept queue."""
        if attempt not in self.present:
            return
        if self.open < self.most:
            self.open += 1
            attempt.accepted = True
            self.read(attempt)
        else:
            self.waiting.append(attempt)

    def read(self, attempt: "Attempt") -> None:
        """The fate is decided when the header is there; a 401 costs parse and auth, here nothing."""
        if attempt.closed:
            return
        expired = attempt.token_until_s is not None and attempt.token_until_s <= self.sim.now_s
        if expired:
            self.sim.counts[f"{attempt.stream} rejected"] += 1
            self.sim.after(self.sim.delay_s(), attempt.rejected)
            return
        self.jobs.append(attempt)
        self.serve()

    def serve(self) -> None:
        while self.idle and self.jobs:
            self.idle -= 1
            attempt = self.jobs.popleft()
            cost_s = self.sim.chance.expovariate(1 / self.sim.service_s[attempt.stream])
            self.sim.counts["busy us"] += round(1e6 * cost_s)
            self.sim.after(cost_s, partial(self.done, attempt, self.life))

    def done(self, attempt: "Attempt", life: int) -> None:
        """A job is done: polls are held until there is a command, others answered."""
        if life != self.life:
            return
        self.idle += 1
        self.serve()
        attempt.served_s = self.sim.now_s
        if attempt.stream == "commands" and not attempt.agent.pending:
            attempt.held = attempt in self.present and not attempt.closed
        elif not attempt.closed:
            self.sim.after(self.sim.delay_s(), attempt.answered)

    def closes(self, attempt: "Attempt") -> None:
        """The agent's FIN is there: the connection's place is free, and queued work of it is removed."""
        if self.present.pop(attempt, self) is self:
            return
        self.places -= 1
        attempt.closed, attempt.held = True, False
        if attempt in self.jobs and not self.serves_abandoned:
            self.jobs.remove(attempt)
        if not attempt.accepted:
            if attempt in self.waiting:
                self.waiting.remove(attempt)
            return
        self.open -= 1
        if self.waiting:
            following = self.waiting.popleft()
            self.open += 1
            following.accepted = True
            self.read(following)


class Attempt:
    """One attempt of a request, on a connection of its own."""

    def __init__(self, agent: "Agent", stream: str, over: Callable[[str, "Attempt"], None]) -> None:
        self.agent, self.stream, self.sim, self.over = agent, stream, agent.sim, over
        self.accepted = self.closed = self.held = self.is_over = self.hears_node = False
        self.served_s = 0.0
        self.token_until_s = agent.token_until_s if stream == "stateless" and agent.has_tokens else None
        self.sim.counts[f"{stream} issued"] += 1
        timeout = self.sim.plan["retry"][stream].get("timeout")
        if timeout:
            self.sim.after(quantity(timeout), lambda: self.end("timed out"))
        if stream == "commands":
            self.sim.after(quantity(self.sim.plan["commands"]["hold"]), self.hold_is_over)
        for again_s in (0.0, *SYN_AGAIN_S):
            self.sim.after(again_s, self.send_syn)

    def send_syn(self) -> None:
        if not self.is_over and not self.hears_node:
            self.sim.after(self.sim.delay_s(), self.syn_arrives)

    def syn_arrives(self) -> None:
        if self not in self.sim.node.present and not self.closed:
            self.sim.node.syn(self)

    def syn_is_answered(self) -> None:
        self.hears_node = True
        if not self.is_over:
            self.sim.after(self.sim.delay_s(), lambda: self.sim.node.request(self))

    def answered(self) -> None:
        self.end("ok")

    def rejected(self) -> None:
        self.end("401")

    def reset(self) -> None:
        self.end("lost")

    def hold_is_over(self) -> None:
        """An empty answer, unless the request was never sent (docs/model.md#held-polls)."""
        self.end("ok" if self.hears_node else "timed out")

    def end(self, how: str) -> None:
        """End the attempt, unless it has ended before; the agent closes the connection."""
        if self.is_over:
            return
        self.is_over = True
        if how != "401":
            self.sim.counts[f"{self.stream} {how}"] += 1
        if how != "lost":
            self.sim.after(self.sim.delay_s(), lambda: self.sim.node.closes(self))
        self.over(how, self)


class Agent:
    """A token, a stream of events in batches, and a poll (docs/model.md#flush and below)."""

    def __init__(self, sim: Simulation) -> None:
        self.sim = sim
        self.has_tokens = "auth" in sim.plan
        self.token_until_s: float | None = None
        self.logs_in, self.in_flight, self.batch_waits = False, False, False
        self.rate = quantity(sim.plan["fleet"]["class"][0].get("stateless", {"rate": "0/s"})["rate"])
        self.outbox: list[float] = []
        self.pending = 0
        self.poll: Attempt | None = None
        self.when_token: deque[Callable[[], None]] = deque()

    def begin(self) -> None:
        if self.has_tokens:
            self.log_in(0)
        if self.rate:
            self.sim.after(self.sim.chance.expovariate(self.rate), self.event)
        if "commands" in self.sim.plan:
            self.command_later()
            self.poll_again(0)

    # ---- token -------------------------------------------------------------------------------------

    @property
    def has_token(self) -> bool:
        until_s = self.token_until_s
        return not self.has_tokens or (until_s is not None and self.sim.now_s < until_s)

    def log_in(self, tried: int) -> None:
        self.logs_in = True
        Attempt(self, "login", lambda how, attempt: self.logged_in(how, attempt, tried + 1))

    def logged_in(self, how: str, attempt: Attempt, tried: int) -> None:
        if how != "ok":
            self.sim.after(self.backoff_s("login", tried), lambda: self.log_in(tried))
            return
        self.logs_in = False
        until_s = self.token_until_s = attempt.served_s + quantity(self.sim.plan["auth"]["ttl"])
        self.sim.after(until_s - self.sim.now_s, self.renew)
        while self.when_token:
            self.when_token.popleft()()

    def renew(self) -> None:
        if not self.logs_in:
            self.log_in(0)

    def backoff_s(self, stream: str, tried: int) -> float:
        law = self.sim.plan["retry"][stream]["backoff"]
        base_s = quantity(law["base"])
        if law["law"] == "fixed":
            return base_s
        return self.sim.chance.uniform(0, min(quantity(law["cap"]), base_s * 2 ** (tried - 1)))

    # ---- events ------------------------------------------------------------------------------------

    def event(self) -> None:
        """A batch goes one age after its first event, and not beside another one."""
        self.sim.counts["events produced"] += 1
        self.outbox.append(self.sim.now_s)
        if len(self.outbox) == 1:
            self.flush_later()
        self.sim.after(self.sim.chance.expovariate(self.rate), self.event)

    def flush_later(self) -> None:
        age_s = quantity(self.sim.plan["batching"]["stateless"]["age"])
        first_s = self.outbox[0]
        self.sim.after(max(0.0, first_s + age_s - self.sim.now_s), lambda: self.flush(first_s))

    def flush(self, first_s: float) -> None:
        if self.in_flight or self.batch_waits or not self.outbox or self.outbox[0] != first_s:
            return
        if self.has_token:
            self.send_batch()
        else:
            self.batch_waits = True
            self.when_token.append(self.send_batch)

    def send_batch(self) -> None:
        self.batch_waits, self.in_flight = False, True
        events, self.outbox = len(self.outbox), []
        self.send(events, 0)

    def send(self, events: int, tried: int) -> None:
        if self.has_token:
            Attempt(self, "stateless", lambda how, attempt: self.sent(how, attempt, events, tried + 1))
        else:
            self.when_token.append(lambda: self.send(events, tried))

    def sent(self, how: str, attempt: Attempt, events: int, tried: int) -> None:
        most = self.sim.plan["retry"]["stateless"].get("attempts", 0)
        if how == "ok":
            self.sim.counts["events delivered"] += events
        elif tried == most:
            self.sim.counts["events dropped"] += events
        elif how == "401":
            self.send(events, tried)
            return
        else:
            self.sim.after(self.backoff_s("stateless", tried), lambda: self.send(events, tried))
            return
        self.in_flight = False
        if self.outbox:
            self.flush_later()

    # ---- commands ----------------------------------------------------------------------------------

    def command_later(self) -> None:
        self.sim.after(self.sim.chance.expovariate(quantity(self.sim.plan["commands"]["rate"])), self.command)

    def command(self) -> None:
        """A held poll is answered at once; commands stay pending until the answer arrives."""
        self.sim.counts["commands created"] += 1
        self.pending += 1
        if self.poll is not None and self.poll.held:
            self.poll.held = False
            self.sim.after(self.sim.delay_s(), self.poll.answered)
        self.command_later()

    def poll_again(self, tried: int) -> None:
        self.poll = Attempt(self, "commands", lambda how, attempt: self.polled(how, attempt, tried + 1))

    def polled(self, how: str, attempt: Attempt, tried: int) -> None:
        if how == "ok":
            if attempt.served_s and not attempt.held and self.pending:
                self.sim.counts["commands delivered"] += self.pending
                self.pending = 0
            pause_s = quantity(self.sim.plan["commands"]["pause_after"])
            self.sim.after(pause_s, lambda: self.poll_again(0))
        else:
            self.sim.after(self.backoff_s("commands", tried), lambda: self.poll_again(tried))
