"""How long others wait while the most expensive requests are handled, one at a time and four at once.

    python -m tests.chaos.latency [--seconds N] [--rounds N] [--body-limit SIZE]

Each attack is repeated by a process of its own for some seconds. Meanwhile another agent asks for /health and
posts to /stateless in turn. Of several rounds the best counts: what other programs take of the machine is not
the server's. Exit status 1: a 99th percentile was over 100 ms.
"""

import argparse
import multiprocessing
import tempfile
import time
from multiprocessing.synchronize import Event
from pathlib import Path

from tests.chaos import attacks
from tests.chaos.attacks import Attack
from tests.chaos.test_latency import Other, throw
from tests.chaos.world import Server
from tests.unit.real.server.parts import Client
from wavetank.cli.options import size_bytes

MOST_S = 0.1
AT_ONCE = 4
LONGEST_NAME = 30


def keep_throwing(data: Path, ports: tuple[int, int], attack: Attack, ended: Event) -> None:
    """Repeat an attack until it is enough."""
    client = Client(data, *ports)
    while not ended.is_set():
        throw(client, attack)


def p99_s(client: Client, other: Other, thrown: list[Attack], seconds: float) -> float:
    """The 99th percentile of what another agent waits while these are repeated."""
    ended = multiprocessing.Event()
    ports = (client.agent_port, client.management_port)
    throwers = [
        multiprocessing.Process(target=keep_throwing, args=(client.data, ports, attack, ended))
        for attack in thrown
    ]
    for thrower in throwers:
        thrower.start()
    took: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        took.append(other.ask_s())
        time.sleep(0.002)
    ended.set()
    for thrower in throwers:
        thrower.join(5)
        thrower.kill()
    return sorted(took)[int(0.99 * len(took))]


def main() -> int:
    """Print a line for each attack; the exit status."""
    parser = argparse.ArgumentParser(prog="tests.chaos.latency", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--body-limit", default="1MiB")
    options = parser.parse_args()
    most = size_bytes(options.body_limit, "--body-limit")
    worst = 0.0
    with tempfile.TemporaryDirectory(prefix="latency-") as folder:
        server = Server(Path(folder))
        try:
            server.start("", 1, "--body-limit", options.body_limit)
            server.await_ready()
            client = Client(server.folder, server.agent_port, server.management_port)
            other = Other(client)
            known = [client.token(client.register()) for _ in range(AT_ONCE)]
            each = zip(*(attacks.agents(most, token) for token in known), strict=True)
            kinds = [[], *map(list, each), *([attempt] * AT_ONCE for attempt in attacks.strangers(most))]
            for kind in kinds:
                times_s = [
                    min(p99_s(client, other, kind[:count], options.seconds) for _ in range(options.rounds))
                    for count in ((1, AT_ONCE) if kind else (0,))
                ]
                worst = max(worst, *times_s)
                told = "".join(f"{1e3 * took:9.1f} ms" for took in times_s)
                print(f"{kind[0].name if kind else 'nothing':<{LONGEST_NAME}}{told}", flush=True)
            other.close()
        finally:
            server.close()
    print(f"the worst: {1e3 * worst:.1f} ms")
    return int(worst > MOST_S)


if __name__ == "__main__":
    raise SystemExit(main())
