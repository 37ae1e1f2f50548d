"""The power is cut at 300 points of the real server's and the real agent's way to the disk: nothing that was
acknowledged is lost, and what is there can be opened.
"""

import hashlib
import json
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic_ns

from tests.chaos.power import Cut, cuts
from tests.chaos.recording_vfs import Recording, recording
from tests.unit.real.server.parts import Running, running
from wavetank.policy.codes import Stream
from wavetank.real.agent.outbox import Store
from wavetank.real.server.database import open_database

POINTS = 300
BATCHES, EVENTS = 60, 4
# With its indexes some 8 pages a batch: the log is written back twice.
EVENT_BYTES = 5_000
OUTBOX_BATCHES = 150
SHARED_MEMORY = Path("/dev/shm")
# Where a disk is looked at after the cut: a sync there takes no time, and shows nothing.
IN_MEMORY = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None


def test_server_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    with recording(tmp_path / "data") as recorded, running(tmp_path / "data") as server:
        known = [Talker(server, recorded) for _ in range(2)]
        operate(server, recorded)
        threads = [threading.Thread(target=talker.talk) for talker in known]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(talker.done for talker in known)
    held(recorded, tmp_path / "data" / "wavetank.db", lambda noted, path: set(noted) - stored(path))


class Talker:
    """An agent with a connection of its own, that notes what is acknowledged."""

    def __init__(self, server: Running, recorded: Recording) -> None:
        self._server = server
        self._recorded = recorded
        self._agent = server.register()
        recorded.note(f"agent {self._agent.uuid}")
        self.done = False

    def talk(self) -> None:
        server, uuid = self._server, self._agent.uuid
        headers = {"Authorization": f"Bearer {server.token(self._agent)}", "Content-Type": "application/json"}
        with closing(server.connect()) as connection:
            for batch in range(BATCHES):
                numbers = range(batch * EVENTS, (batch + 1) * EVENTS)
                texts = {number: f"{number:x<{EVENT_BYTES}}" for number in numbers}
                events = [{"sequence": number, "data": text} for number, text in texts.items()]
                connection.request("POST", "/stateful", json.dumps({"epoch": "e", "events": events}), headers)
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200
                for number, text in texts.items():
                    self._recorded.note(f"event {uuid} {number} {digest(json.dumps(text))}")
                if batch % 10 == 0:
                    self._command(headers)
        self.done = True

    def _command(self, headers: dict[str, str]) -> None:
        """A command is queued, and after a while confirmed."""
        made = self._server.manage("POST", f"/agents/{self._agent.uuid}/commands", {"command": "ping"})
        self._recorded.note(f"command {made.json['id']}")
        answer = self._server.ask("POST", f"/commands/{made.json['id']}", "", headers)
        assert answer.status == 204, answer
        self._recorded.note(f"confirmed {made.json['id']}")


def operate(server: Running, recorded: Recording) -> None:
    """Acts of an operator: an agent is revoked, and the password changed."""
    agent = server.register()
    assert server.manage("DELETE", f"/agents/{agent.uuid}").status == 204
    recorded.note(f"revoked {agent.uuid}")
    assert server.manage("PUT", "/password", {"password": "another one"}).status == 204
    recorded.note(f"password {server.server.service.users['admin']}")
    server.password = "another one"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def stored(path: Path) -> set[str]:
    """All that a database holds, in the words of the notes; opened as the server does."""
    with closing(open_database(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        uuids = dict(database.execute("SELECT id, uuid FROM agents"))
        here = {f"agent {uuid}" for uuid in uuids.values()}
        here |= {
            f"event {uuids[agent]} {sequence} {digest(data)}"
            for agent, sequence, data in database.execute("SELECT agent, sequence, data FROM events")
        }
        for query, words in (
            ("SELECT id FROM commands", "command"),
            ("SELECT id FROM commands WHERE confirmed_ns IS NOT NULL", "confirmed"),
            ("SELECT uuid FROM agents WHERE revoked_ns IS NOT NULL", "revoked"),
            ("SELECT password FROM users", "password"),
        ):
            here |= {f"{words} {value}" for (value,) in database.execute(query)}
        return here


def held(recorded: Recording, data: Path, missing: Callable[[list[str], Path], set[str]]) -> None:
    """Cut the power at every point, open what is left, and see that nothing of it is missing."""
    looked_at = 0
    for cut in cuts(recorded.steps, POINTS, seed=1):
        with TemporaryDirectory(dir=IN_MEMORY) as folder:
            cut.write(Path(folder))
            lost = missing(cut.noted, Path(folder) / data.name)
        assert not lost, said(recorded, cut, lost)
        looked_at += 1
    assert looked_at == POINTS
    written = {step.at for step in recorded.steps if step[:2] == ("write", str(data))}
    assert len(written) > 20, "the log was never written back to the database: too little was stored"


def said(recorded: Recording, cut: Cut, lost: set[str]) -> str:
    before = [f"{step.what} {Path(step.path).name} {step.at}" for step in recorded.steps[: cut.steps][-8:]]
    return f"cut behind step {cut.steps}, what was not synced {cut.mode}: lost {sorted(lost)[:3]}; {before}"


def test_agent_loses_nothing_that_it_accepted(tmp_path: Path) -> None:
    """Nor is an event kept, counted and forgotten in parts: the accounting closes after every cut."""
    folder = tmp_path / "data"
    folder.mkdir()
    with recording(folder) as recorded:
        store = Store(folder / "outbox.db", monotonic_ns())
        for batch in range(OUTBOX_BATCHES):
            texts = [f"{batch}-{number}" + "x" * EVENT_BYTES for number in range(EVENTS)]
            sequences = store.accept(Stream.STATEFUL, texts, monotonic_ns(), "file", batch)
            for sequence, text in zip(sequences, texts, strict=True):
                recorded.note(f"event {sequence} {digest(json.dumps(text))}")
            recorded.note(f"position {batch} {store.epoch}")
            if batch % 3 == 2:  # the server has acknowledged the batch before: it may be forgotten
                first = sequences[0] or 0
                recorded.note(f"delivered {first}")
                store.streams[Stream.STATEFUL].delivered(((0, first),))
        store.close()
    held(recorded, folder / "outbox.db", missing_at_agent)


def missing_at_agent(noted: list[str], path: Path) -> set[str]:
    """Events accepted but not delivered before the cut, and not there; or sums that do not close."""
    with closing(Store(path, monotonic_ns())) as store:
        rows = store.streams[Stream.STATEFUL].rows(0, 2**62)
        there = {f"event {sequence} {digest(data)}" for sequence, data in rows}
        position, counts, epoch = store.position("file"), store.counts, store.epoch
    said = [note.split() for note in noted]
    delivered = max((int(words[1]) for words in said if words[0] == "delivered"), default=0)
    wanted = {" ".join(words) for words in said if words[0] == "event" and int(words[1]) >= delivered}
    wrong = wanted - there
    read = max((int(words[1]) for words in said if words[0] == "position"), default=-1)
    if read >= 0 and not (isinstance(position, int) and position >= read):
        wrong.add(f"the source was read up to {read}, not {position}")
    if any(words[0] == "position" and words[2] != epoch for words in said):
        wrong.add(f"another epoch than {epoch}")
    if counts["produced.stateful"] != counts["delivered.stateful"] + len(there):
        wrong.add(f"{counts} and {len(there)} kept")
    return wrong
