"""A network namespace of our own: nobody else's packets are on its loopback, and each byte can be counted.

Run as a program it makes one and holds it until its standard input ends; `count PORT` and `stop` there count
the bytes of IP packets to and from a port. With `ethernet` as argument packets are as large as on a wire (MTU
1500, no segmentation offload); otherwise the loopback is left as it is.
"""

import array
import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from types import TracebackType
from typing import Self

_CLONE_NEWNET = 0x40000000
"""From Linux' sched.h: a network namespace of its own."""

_SIOCSIFFLAGS, _SIOCSIFMTU, _SIOCETHTOOL = 0x8914, 0x8922, 0x8946
"""From Linux' sockios.h: set flags and MTU of an interface, ask for its features."""

_IFF_UP, _IFF_RUNNING = 0x1, 0x40
"""From Linux' if.h."""

_OFFLOADS = (0x1F, 0x24, 0x2C)  # ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO
_ETH_P_ALL = 3
"""From Linux' if_ether.h: packets of all protocols."""

_OUTGOING = 4  # PACKET_OUTGOING: on a loopback every packet is seen twice


class Namespace:
    """A namespace held by a process of ours; `prefix` runs a command in it."""

    def __init__(self, ethernet: bool) -> None:
        words = [sys.executable, "-m", "wavetank.libraries.namespace", *(["ethernet"] if ethernet else [])]
        pipe = subprocess.PIPE
        self._holder = subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True, start_new_session=True)
        said = self._read()
        self.problem: str = said.get("problem", "it could not be started") if "ready" not in said else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._holder.kill()
        self._holder.wait()
        for pipe in (self._holder.stdin, self._holder.stdout):
            if pipe:
                pipe.close()

    @property
    def prefix(self) -> list[str]:
        """Words to put before a command; none where there is no namespace."""
        if self.problem:
            return []
        return ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net"]

    def count(self, port: int) -> None:
        """Begin to count the packets of a port."""
        self._say(f"count {port}")

    def stop(self) -> tuple[int, int]:
        """Bytes to the port and from it since `count`, IP headers included."""
        counted = self._say("stop")
        return int(counted["up"]), int(counted["down"])

    def _say(self, line: str) -> dict[str, str]:
        assert self._holder.stdin
        self._holder.stdin.write(line + "\n")
        self._holder.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, str]:
        assert self._holder.stdout
        line = self._holder.stdout.readline()
        return dict(json.loads(line)) if line else {}


def _enter(ethernet: bool) -> None:
    """Give this process a network of its own. Raises OSError where it may not."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fd = any_socket.fileno()
        if ethernet:
            fcntl.ioctl(fd, _SIOCSIFMTU, struct.pack("16si12x", b"lo", 1500))
            for offload in _OFFLOADS:
                value = array.array("I", [offload, 0])
                fcntl.ioctl(fd, _SIOCETHTOOL, struct.pack("16sQ8x", b"lo", value.buffer_info()[0]))
        fcntl.ioctl(fd, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP | _IFF_RUNNING))


class _Counter:
    """Counts IP bytes to and from a TCP port on the loopback."""

    def __init__(self, port: int) -> None:
        self.up = self.down = 0
        self._port = port
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 26)
        self._socket.bind(("lo", _ETH_P_ALL))
        self._socket.settimeout(0.1)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._count)
        self._thread.start()

    def _count(self) -> None:
        head = bytearray(64)
        while True:
            try:
                size, address = self._socket.recvfrom_into(head, 64, socket.MSG_TRUNC)
            except TimeoutError:
                if self._done.is_set():
                    return
                continue
            if address[2] != _OUTGOING or head[0] >> 4 != 4 or head[9] != socket.IPPROTO_TCP:
                continue
            start = (head[0] & 15) * 4
            source, target = struct.unpack_from("!HH", head, start)
            self.up += size if target == self._port else 0
            self.down += size if source == self._port else 0

    def stop(self) -> dict[str, int]:
        self._done.set()
        self._thread.join()
        self._socket.close()
        return {"up": self.up, "down": self.down}


def hold(ethernet: bool) -> None:
    """Make a namespace and do what standard input says until it ends."""
    try:
        _enter(ethernet)
    except OSError as error:
        print(json.dumps({"problem": error.strerror}), flush=True)
        return
    print(json.dumps({"ready": True}), flush=True)
    counter: _Counter | None = None
    for line in sys.stdin:
        answer = {}
        if line.startswith("count"):
            counter = _Counter(int(line.split()[1]))
        elif counter:
            answer = counter.stop()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    hold("ethernet" in sys.argv)
