"""The server of a live run: the runnable server in a process of its own, on a folder that goes with it."""

import os
import shutil
import sys
import threading
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from time import clock_gettime_ns

from wavetank.engines.live.children import Child, end_with_parent, tell, terminate_self
from wavetank.engines.live.target import Target
from wavetank.errors import WavetankError
from wavetank.real.server.app import Server
from wavetank.real.server.folder import CA, FIRST_PASSWORD
from wavetank.real.server.running import run
from wavetank.real.server.service import USER
from wavetank.real.server.settings import Settings, as_modelled
from wavetank.real.transports.server.limits import Limits
from wavetank.scenario.resolved import Resolved

HOST = "127.0.0.1"
LOG = "server.log"

Ports = tuple[int, int]
"""Of the agent API and of the management API."""


def serve(connection: Connection, settings: Settings, folder: Path) -> None:
    """Body of the server's process: begin to listen when told on which ports, and serve until SIGTERM."""
    began, ended, orphan = threading.Event(), threading.Event(), threading.Event()

    def last_wish() -> None:
        orphan.set()
        if began.is_set():
            terminate_self(ended)
        shutil.rmtree(folder, ignore_errors=True)

    def listening(server: Server) -> None:
        tell(connection, "ready", (server.agent_port, server.management_port))

    end_with_parent(last_wish)
    log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for handle in (1, 2):
        os.dup2(log, handle)
    sys.stdout = sys.stderr = os.fdopen(log, "a", buffering=1)
    tell(connection, "ready", None)
    try:
        agent_port, management_port = connection.recv()
        began.set()
        run(replace(settings, agent_port=agent_port, management_port=management_port), "warning", listening)
    except WavetankError as error:
        tell(connection, "failed", str(error))
    except (EOFError, OSError):
        pass  # the parent needs no server any more
    finally:
        if orphan.is_set():
            shutil.rmtree(folder, ignore_errors=True)
        ended.set()


class OwnServer:
    """A server that the run has started, on a folder of its own; it can be killed and started again.

    `spares` processes wait from the beginning, so that a restart takes no longer than it is meant to.
    """

    def __init__(self, resolved: Resolved, folder: Path, spares: int) -> None:
        """Raises CannotRun."""
        self._folder = folder
        # Bounds that the model does not know would change what a scenario shows: absent agents pile up
        # commands, and the whole fleet comes from one address.
        limits = Limits(strangers=sys.maxsize)
        settings = Settings(data=folder / "server", host=HOST, commands_waiting=sys.maxsize, limits=limits)
        self._settings = as_modelled(settings, resolved)
        self._lives: list[Child] = []
        self._spares: list[Child] = []
        self._used_ns = 0
        self.ports: Ports = (0, 0)
        try:
            self._spares = [self._spare() for _ in range(1 + spares)]
            for spare in self._spares:
                spare.hear_soon()
            self.start()
        except BaseException:
            self.stop()
            raise

    def _spare(self) -> Child:
        return Child("server", serve, self._settings, self._folder)

    def start(self) -> None:
        """Listen, on the ports that it had before. Raises CannotRun."""
        if not self._spares:
            self._spares.append(self._spare())
            self._spares[0].hear_soon()
        self._lives.append(self._spares.pop(0))
        self._lives[-1].send(self.ports)
        self.ports = self._lives[-1].hear_soon()

    def kill(self) -> None:
        """End it as a power cut would: nothing is finished, its connections are reset."""
        self._used_ns = self.cpu_ns()
        self._lives.pop().kill()

    @property
    def up(self) -> bool:
        """Whether it is there."""
        return bool(self._lives)

    @property
    def target(self) -> Target:
        """Its addresses, and who may register agents."""
        data = self._settings.data
        agent_port, management_port = self.ports
        return Target(
            f"https://{HOST}:{agent_port}",
            f"https://{HOST}:{management_port}",
            (data / CA).read_text(encoding="ascii"),
            USER,
            (data / FIRST_PASSWORD).read_text(encoding="utf-8").strip(),
        )

    @property
    def pid(self) -> int:
        """Its process."""
        return self._lives[-1].pid

    def cpu_ns(self) -> int:
        """CPU time that it has used, in all its lives (Linux' clock of another process)."""
        if not self._lives:
            return self._used_ns
        return self._used_ns + clock_gettime_ns((~self._lives[-1].pid << 3) | 2)

    def stop(self) -> None:
        """Let it end by itself, and all that waits."""
        for process in (*self._lives, *self._spares):
            process.stop() if process in self._lives else process.kill()
        self._lives, self._spares = [], []
