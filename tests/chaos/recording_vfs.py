"""An SQLite VFS that writes down what is written, synced and deleted, beneath the product's own `sqlite3`.

It is a copy of SQLite's own VFS, registered by way of ctypes in the library that `sqlite3` has loaded. As it
is the default, the product opens its databases through it, and runs as it always does.
"""

import ctypes as c
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

_OK, _CREATE, _JOURNALS = 0, 0x4, 0x800 | 0x80000  # SQLITE_OPEN_MAIN_JOURNAL, SQLITE_OPEN_WAL
# Names are passed on as pointers: SQLite keeps them, and looks at what stands behind them.
_Open = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_void_p, c.c_int, c.c_void_p)
_Delete = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_int)
_Write = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_int, c.c_int64)
_Truncate = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int64)
_Sync = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int)


class _Vfs(c.Structure):
    """`sqlite3_vfs`, version 3."""

    _fields_ = (
        *(("version", c.c_int), ("file_bytes", c.c_int), ("longest_path", c.c_int), ("next", c.c_void_p)),
        *(("name", c.c_char_p), ("data", c.c_void_p), ("open", _Open), ("delete", _Delete)),
        ("rest", c.c_void_p * 14),
    )


class _Methods(c.Structure):
    """`sqlite3_io_methods`, version 3."""

    _fields_ = (
        *(("version", c.c_int), ("close", c.c_void_p), ("read", c.c_void_p), ("write", _Write)),
        *(("truncate", _Truncate), ("sync", _Sync), ("rest", c.c_void_p * 13)),
    )


class Step(NamedTuple):
    """One thing that was done: to which file, and with what."""

    what: str
    path: str = ""
    at: int = 0
    data: bytes = b""


class Recording:
    """A record of the acts in a folder, in order; `note` puts a remark between."""

    def __init__(self, folder: Path) -> None:
        self.steps: list[Step] = []
        self._folder = str(folder)
        self._names: dict[int, str] = {}
        self._journals: set[str] = set()
        self._methods: dict[int, _Methods] = {}
        self._library = _library()
        original = self._library.sqlite3_vfs_find(None)
        self._beneath = _Vfs.from_address(original)
        self._vfs = _Vfs.from_buffer_copy(self._beneath)
        self._vfs.name = b"recording"
        self._kept: tuple[Any, ...] = (_Open(self._open), _Delete(self._delete))
        self._vfs.open, self._vfs.delete = self._kept
        self._original = original

    def note(self, remark: str) -> None:
        """Something that an observer knows from now on."""
        self.steps.append(Step("note", remark))

    def register(self) -> None:
        """Make it the VFS of every database that is opened from now on."""
        assert self._library.sqlite3_vfs_register(c.byref(self._vfs), 1) == _OK

    def unregister(self) -> None:
        """Leave what is opened from now on to SQLite's own."""
        self._library.sqlite3_vfs_unregister(c.byref(self._vfs))

    def renamed(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook."""
        if event == "os.rename" and str(arguments[0]).startswith(self._folder):
            self.steps.append(Step("rename", str(arguments[0]), data=str(arguments[1]).encode()))

    def synced(self, handle: int) -> None:
        """A file or folder was synced by `os.fsync`."""
        path = os.readlink(f"/proc/self/fd/{handle}")
        if path == self._folder:
            self.steps.append(Step("sync names"))

    # ---- called by SQLite -------------------------------------------------------------------

    def _open(self, _: int, name: int | None, file: int, flags: int, out: int) -> int:
        result = self._beneath.open(self._original, name, file, flags, out)
        path = os.fsdecode(c.string_at(name)) if name else ""
        methods = c.c_void_p.from_address(file)
        if result != _OK or not path.startswith(self._folder) or not methods.value:
            return int(result)
        self._names[file] = path
        if flags & _JOURNALS and flags & _CREATE:
            self._journals.add(path)
        self.steps.append(Step("open", path))
        methods.value = c.addressof(self._recorded(methods.value))
        return _OK

    def _recorded(self, address: int) -> _Methods:
        """A table of methods like the one there, that writes down what is called."""
        if address not in self._methods:
            beneath = _Methods.from_address(address)
            made = _Methods.from_buffer_copy(beneath)

            def write(file: int, data: int, size: int, at: int) -> int:
                self.steps.append(Step("write", self._names[file], at, c.string_at(data, size)))
                return int(beneath.write(file, data, size, at))

            def truncate(file: int, size: int) -> int:
                self.steps.append(Step("truncate", self._names[file], size))
                return int(beneath.truncate(file, size))

            def sync(file: int, _: int) -> int:
                path = self._names[file]
                self.steps.append(Step("sync", path))
                if path in self._journals:  # SQLite's own syncs the folder as well, after it has made one
                    self.steps.append(Step("sync names"))
                return _OK  # the disk itself may take its time: nobody cuts its power

            kept = (_Write(write), _Truncate(truncate), _Sync(sync))
            made.write, made.truncate, made.sync = kept
            self._kept += kept
            self._methods[address] = made
        return self._methods[address]

    def _delete(self, _: int, name: int, sync_names: int) -> int:
        self.steps.append(Step("delete", os.fsdecode(c.string_at(name))))
        if sync_names:
            self.steps.append(Step("sync names"))
        return int(self._beneath.delete(self._original, name, sync_names))


def _library() -> c.CDLL:
    """The SQLite that `sqlite3` uses, whose functions are found by way of the module itself."""
    import _sqlite3

    library = c.CDLL(getattr(_sqlite3, "__file__", None))
    library.sqlite3_vfs_find.restype = c.c_void_p
    library.sqlite3_vfs_find.argtypes = [c.c_char_p]
    library.sqlite3_vfs_register.argtypes = [c.c_void_p, c.c_int]
    library.sqlite3_vfs_unregister.argtypes = [c.c_void_p]
    return library


_heard: list[Recording] = []
"""Audit hooks cannot be removed: there is one, and it tells whoever records."""


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    for call in _heard:
        call.renamed(event, arguments)


@contextmanager
def recording(folder: Path) -> Iterator[Recording]:
    """Write down what is done to databases in a folder, and to the names in it."""
    made = Recording(folder)
    if not _hook_added:
        sys.addaudithook(_hook)
        _hook_added.append(True)
    fsync = os.fsync

    def synced(handle: int) -> None:
        made.synced(handle)
        fsync(handle)

    made.register()
    _heard.append(made)
    try:
        with mock.patch("os.fsync", synced):
            yield made
    finally:
        _heard.remove(made)
        made.unregister()


_hook_added: list[bool] = []
