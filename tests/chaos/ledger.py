"""The third process: it makes the events, and keeps which of them the agents have accepted.

    python -m tests.chaos.ledger FOLDER SEED

One agent gets its events by standard input: whoever starts it connects `ledger.sock` with both its standard
input and its standard output, so that its "accepted ID" comes back here. Lines that were never answered
are in doubt: they are not written again, and may be stored once or not at all. The other follows
`logs/events.log`, which is rotated in every way: each whole line in it counts as accepted. Every event is
written once, so that one that is stored twice was doubled by those who carry it.

Standard input takes orders, one JSON object a line: {"do": "tell"}, {"do": "rotate"}, {"do": "end"}; each is
answered.
"""

import json
import random
import socket
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.unit.real.agent.rotating import KINDS, Log

MOST_AT_ONCE = 60
ROTATIONS = 0.2
"""The share of the writings after which the file is rotated: once in a second or two."""

KEPT = 60
"""Rotated files that are left: more than an agent remembers, and as many as two minutes bring."""

REST_S = 0.2  # between two writings, on average: so about 150 events a second


class Piped:
    """Feeds the agent at the other end of the socket, one life after the other."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.accepted: dict[str, int] = {}
        self.doubtful: list[str] = []
        self.made = 0
        self.ending = False
        self.busy = threading.Lock()  # while lines are under way that are not answered yet
        self._chance = chance
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        threading.Thread(target=self._lives, daemon=True).start()

    def _lives(self) -> None:
        while True:
            agent, _ = self._listening.accept()
            with agent:
                self._life(agent)

    def _life(self, agent: socket.socket) -> None:
        waiting: list[str] = []
        answers = agent.makefile("r", encoding="utf-8")
        try:
            while not self.ending:
                with self.busy:
                    waiting += [self._event() for _ in range(self._chance.randrange(1, MOST_AT_ONCE))]
                    agent.sendall("".join(f"{line}\n" for line in waiting).encode())
                    while waiting:
                        word, number = answers.readline().split()
                        assert word == "accepted"
                        self.accepted[waiting.pop(0)] = int(number)
                time.sleep(self._chance.uniform(0, 2 * REST_S))
        except (OSError, ValueError):
            self.doubtful += waiting

    def _event(self) -> str:
        self.made += 1
        return f"piped {self.made} {'x' * self._chance.randrange(200)}"


class Followed:
    """Writes a file that an agent follows; sometimes the second half of a line comes later.

    `rotating` is set once the agent has begun: what was rotated before then is none of its business. Every
    kind of rotation comes up. After a renaming the writer goes on in the old file for a while.
    """

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.log = Log(path)
        self.rotations: Counter[str] = Counter()
        self.ended = threading.Event()
        self.ending = False
        self.rotating = False
        self._made = 0
        self._chance = chance
        threading.Thread(target=self._write, daemon=True).start()

    def _write(self) -> None:
        while not self.ending:
            self._some_lines()
            if self.rotating and self._chance.random() < ROTATIONS:
                self._rotate(self._chance.choice(KINDS))
        self.log.close()
        self.ended.set()

    def _some_lines(self) -> None:
        count = self._chance.randrange(1, MOST_AT_ONCE)
        text = "".join(f"followed {self._made + n} {'y' * n}\n" for n in range(count))
        self._made += count
        half = self._chance.randrange(len(text))
        self.log.put(text[:half])
        time.sleep(self._chance.uniform(0, REST_S / 10))
        self.log.put(text[half:])
        time.sleep(self._chance.uniform(0, 2 * REST_S))

    def _rotate(self, kind: str) -> None:
        for _ in self.log.rotate(kind):
            time.sleep(self._chance.uniform(0, REST_S / 20))
        if kind != "copytruncate" and self._chance.random() < 0.5:
            self._some_lines()
        self.log.reopen()
        self.log.forget(KEPT)
        self.rotations[kind] += 1


def main(folder: Path, seed: int) -> None:
    piped = Piped(folder / "ledger.sock", random.Random(seed))
    (folder / "logs").mkdir()
    followed = Followed(folder / "logs" / "events.log", random.Random(seed + 1))
    print("{}", flush=True)
    for line in sys.stdin:
        order = json.loads(line)["do"]
        if order == "rotate":
            followed.rotating = True
        if order == "end":
            piped.ending = followed.ending = True
            followed.ended.wait()
            piped.busy.acquire()  # for good: nothing more is written
        said: dict[str, Any] = {"piped": len(piped.accepted), "followed": len(followed.log.lines)}
        said["last"] = max(piped.accepted.values(), default=0)
        if order == "show":
            said = {"accepted": piped.accepted, "doubtful": piped.doubtful, "followed": followed.log.lines}
            said["rotations"] = followed.rotations
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
