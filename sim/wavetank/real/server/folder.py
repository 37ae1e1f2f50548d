"""The data folder: private files, written whole or not at all, and held by one server at a time."""

import json
import os
from pathlib import Path

from wavetank.real.private import hold, make_folder, sweep, write_private
from wavetank.real.server.settings import ServerProblem

CA = "ca.pem"
CA_KEY = "ca-key.pem"
SERVER = "server.pem"
SIGNING = "signing.pem"
FIRST_PASSWORD = "first-password"
DATABASE = "wavetank.db"
READY = "ready"


class Folder:
    """A data folder, locked until `close`: all that is in it is for its owner alone."""

    def __init__(self, path: Path) -> None:
        """Make the folder where it is not there. Raises ServerProblem and BadFolder."""
        self.path = path
        make_folder(path)
        held = hold(path)
        if held is None:
            raise ServerProblem(f"--data: another server is running on {path}; give this one another folder")
        self._held = held
        sweep(path)
        self.remove(READY)

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def write(self, name: str, content: str) -> None:
        """Replace a file in one step, readable by its owner only. Raises ServerProblem."""
        try:
            write_private(self.path / name, content)
        except OSError as error:
            raise ServerProblem(f"{self.path / name}: {error.strerror}") from None

    def read(self, name: str) -> str | None:
        """Content of a file, None without one; from now on its owner's alone. Raises ServerProblem."""
        path = self.path / name
        try:
            if path.stat().st_mode & 0o077:
                path.chmod(0o600)
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise ServerProblem(f"{path}: {error}") from None

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def changed_ns(self, name: str) -> int:
        """When a file last changed, 0 where there is none."""
        try:
            return (self.path / name).stat().st_mtime_ns
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
