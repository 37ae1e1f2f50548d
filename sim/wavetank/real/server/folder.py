"""The data folder: private files, written whole or not at all, and held by one server at a time."""

import json
import os
import shlex
from pathlib import Path

from wavetank.real.ownership import Exposed, exposed
from wavetank.real.private import hold, make_folder, sweep, write_private
from wavetank.real.server.settings import ServerProblem

CA = "ca.pem"
CA_KEY = "ca-key.pem"
SERVER = "server.pem"
SIGNING = "signing.pem"
FIRST_PASSWORD = "first-password"
DATABASE = "wavetank.db"
READY = "ready"
_SECRET = (CA_KEY, SERVER, SIGNING, FIRST_PASSWORD, DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")


class Folder:
    """A data folder, locked until `close`: all that is in it is for its owner alone."""

    def __init__(self, path: Path) -> None:
        """Make the folder where it is not there. Raises ServerProblem and BadFolder."""
        self.path = path
        make_folder(path)
        self._refuse([(path, True), *((path / name, True) for name in _SECRET), (path / CA, False)])
        held = hold(path)
        if held is None:
            raise ServerProblem(f"--data: another server is running on {path}; give this one another folder")
        self._held = held
        sweep(path)
        self.remove(READY)

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def _refuse(self, paths: list[tuple[Path, bool]]) -> None:
        """Raises ServerProblem when others can use one of the paths (each with whether it is secret)."""
        try:
            bad = exposed(paths)
        except OSError as error:
            raise ServerProblem(f"{error.filename}: {error.strerror}") from None
        if bad:
            raise ServerProblem(_advice(self.path, bad))

    def write(self, name: str, content: str) -> None:
        """Replace a file in one step, readable by its owner only. Raises ServerProblem."""
        try:
            write_private(self.path / name, content)
        except OSError as error:
            raise ServerProblem(f"{self.path / name}: {error.strerror}") from None

    def read(self, name: str) -> str | None:
        """Content of a file, None without one. Raises ServerProblem, also when others can use the file."""
        path = self.path / name
        self._refuse([(path, name != CA)])
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise ServerProblem(f"{path}: {error}") from None

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def changed_ns(self, name: str) -> int:
        """When a file, its mode or its owner last changed, 0 where there is none."""
        try:
            return (self.path / name).stat().st_ctime_ns
        except OSError:
            return 0

    def ready(self, host: str, management_port: int, agent_port: int) -> None:
        """Say that both APIs listen, and where."""
        ports = {"management_port": management_port, "agent_port": agent_port}
        self.write(READY, json.dumps({"pid": os.getpid(), "host": host, **ports}))

    def close(self) -> None:
        """Let another server have the folder."""
        self.remove(READY)
        os.close(self._held)


def _advice(folder: Path, bad: list[Exposed]) -> str:
    """One message for all that others can use, with the command that changes it."""
    named = shlex.quote(str(folder))
    commands = [f"chmod -R go= {named}"]
    if any(problem.foreign for problem in bad):
        commands.insert(0, f"chown -R {os.geteuid()} {named}")
    return f"others can read or write {', '.join(map(str, bad))}; run: {' && '.join(commands)}"
