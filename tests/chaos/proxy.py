"""A TCP proxy between the agents and the server that loses and delays answers."""

import asyncio
import random
import threading
from contextlib import suppress

HOST = "127.0.0.1"
CHUNK = 65_536
FAULTS = ("none", "swallow", "delay", "refuse")


class Proxy:
    """Listens on `port` and passes on to another; `fault` says what is done to whatever passes from now on.

    none; swallow: requests arrive, their answers never do, and the connection is cut; delay: answers come
    `delay_s` late; refuse: new connections are closed at once. Runs in a thread of its own.
    """

    def __init__(self, to_port: int, delay_s: float = 2.2) -> None:
        self.fault = "none"
        self.troubled = 0  # answers that were swallowed or delayed
        self.delay_s = delay_s
        self._to_port = to_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        starting = asyncio.start_server(self._connected, HOST, 0)
        self._listening = asyncio.run_coroutine_threadsafe(starting, self._loop).result()
        self.port = int(self._listening.sockets[0].getsockname()[1])

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.fault == "refuse":
            writer.transport.abort()
            return
        try:
            inner = await asyncio.open_connection(HOST, self._to_port)
        except OSError:
            writer.transport.abort()
            return
        ways = (self._pass(reader, inner[1], False), self._pass(inner[0], writer, True))
        tasks = [asyncio.ensure_future(way) for way in ways]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for end in (writer, inner[1]):
            end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                fault = self.fault if answers else "none"
                self.troubled += fault != "none"
                if fault == "swallow":
                    return
                if fault == "delay":
                    await asyncio.sleep(self.delay_s)
                writer.write(data)
                await writer.drain()

    def close(self) -> None:
        """Cut everything."""

        async def end() -> None:
            self._listening.close()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def some_fault(chance: random.Random) -> str:
    """Mostly none."""
    return chance.choice((*FAULTS, "none", "none"))
