"""Many agents in one process, each with a folder and an outbox of its own, each following a file.

    python -m tests.chaos.soak_fleet ORDER

ORDER is JSON: the `folders` of the agents, and the address of the `server`. Each line on standard input asks
for what the agents have counted, and is answered with one line of JSON. They end at its end.
"""

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from time import monotonic_ns

from wavetank.cli.options import loaded
from wavetank.policy.codes import Stream
from wavetank.protocol.client import Client, Identity
from wavetank.real.agent.files.following import follow
from wavetank.real.agent.main import GIVE_BACK_S
from wavetank.real.agent.outbox import Store
from wavetank.real.agent.runner import Agent
from wavetank.real.loops import give_back, keep_heap_small, loop_factory, raise_file_limit
from wavetank.real.transports.agent.http1 import Http1
from wavetank.scenario.resolved import Resolved

# Patient, for hundreds share a core here: who gives up early on a busy machine asks ever more often.
SETTINGS = (
    "retry.*.backoff={law='full-jitter',base='200ms',cap='5s'}",
    "retry.*.timeout=15s",
    "batching.*.age=1s",
)
ROTATE_WAIT_S = 3.0
MOST_KEPT = 10_000


def agent_of(folder: Path, server: str, resolved: Resolved) -> Agent:
    """The agent of a folder, as the command makes it."""
    who = json.loads((folder / "who.json").read_text())
    store = Store(folder / "outbox.db", monotonic_ns(), MOST_KEPT)
    transport = Http1(server, folder.parent / "ca.pem", resolved.connection)
    client = Client(resolved, Identity(who["uuid"], who["key"], "soak", store.epoch), store.streams, None)
    return Agent(client, store, transport, MOST_KEPT, lambda said: print(said, file=sys.stderr, flush=True))


def told(agents: dict[Path, Agent]) -> str:
    """The counts of all agents as JSON, and what each has accepted."""
    counts: Counter[str] = Counter()
    for folder, agent in agents.items():
        counts.update(agent.store.counts)
        counts[folder.name] = agent.store.counts["produced.stateful"]
        counts["queued"] += agent.store.queued()["stateful"]
        counts["faults"] += agent.faults
    return json.dumps(counts)


async def tidy() -> None:
    """Give memory back now and then, as an agent does."""
    while True:
        await asyncio.sleep(GIVE_BACK_S)
        give_back()


async def run(folders: list[Path], server: str, resolved: Resolved) -> None:
    """Run until the end of standard input."""
    agents = {folder: agent_of(folder, server, resolved) for folder in folders}
    ended = asyncio.Event()
    works = [asyncio.create_task(agent.run(ended.wait())) for agent in agents.values()]
    works += [
        asyncio.create_task(
            follow(agent, Stream.STATEFUL, folder / "log" / "app.log", lambda _: None, ROTATE_WAIT_S)
        )
        for folder, agent in agents.items()
    ]
    works.append(asyncio.create_task(tidy()))
    while await asyncio.to_thread(sys.stdin.readline):
        print(told(agents), flush=True)
    ended.set()
    await asyncio.gather(*works[: len(agents)])
    for work in works:
        work.cancel()
    await asyncio.gather(*works, return_exceptions=True)
    for agent in agents.values():
        agent.store.close()


def main() -> None:
    """Run the agents that the order names."""
    order = json.loads(sys.argv[1])
    raise_file_limit()
    keep_heap_small()
    resolved = loaded("native-agent", list(SETTINGS), None).resolve()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(run([Path(folder) for folder in order["folders"]], order["server"], resolved))


if __name__ == "__main__":
    main()
