"""Files that nobody else may read, written whole or not at all, in a folder that one process holds."""

import fcntl
import os
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from wavetank.errors import WavetankError

LOOK_S = 0.05
"""How often a folder that another process holds is tried again: people do not notice it."""


class BadFolder(WavetankError):
    """A folder that cannot be used: which one, and why."""


def write_private(path: Path, text: str) -> None:
    """Write a file for the owner alone, by way of a temporary one that is renamed. Raises OSError."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def replace_private(path: Path, text: str) -> None:
    """As `write_private`; where the disk is full, over what is there, which needs no room. Raises OSError."""
    try:
        write_private(path, text)
    except OSError:
        # Never through a symbolic link, which may lead to a file that is not ours.
        with open(os.open(path, os.O_RDWR | os.O_NOFOLLOW), "r+", encoding="utf-8") as file:
            file.write(text)
            file.truncate()


def sweep(folder: Path) -> None:
    """Remove what processes that were killed left half written."""
    for path in folder.glob(".*.*"):
        writer = path.suffix[1:]
        with suppress(OSError):
            if writer.isdecimal() and not _lives(int(writer)):
                path.unlink()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def make_folder(folder: Path) -> None:
    """A folder for its owner alone. Raises BadFolder."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadFolder(f"{folder}: cannot be made a folder ({error.strerror})") from error


def hold(folder: Path, patience_s: float = 0.0) -> int | None:
    """Hold a folder until this file descriptor is closed; None where another process does, all that time.

    The system lets go of it when the process ends, however it ends. Raises BadFolder.
    """
    until = time.monotonic() + patience_s
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise BadFolder(f"{folder}: {error.strerror}") from error
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return held
        except OSError:
            if time.monotonic() >= until:
                os.close(held)
                return None
            time.sleep(LOOK_S)


def host_identifier() -> str:
    """Return an identifier of this host that does not reveal which machine it is (machine-id(5))."""
    identity = os.uname().nodename
    with suppress(OSError, ValueError):
        identity = Path("/etc/machine-id").read_text(encoding="ascii").strip() or identity
    return sha256(f"wavetank agent on {identity}".encode()).hexdigest()[:32]
