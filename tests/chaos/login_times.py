"""How long a refused login takes, for agents that there are and that there are not, tried in turn.

    python -m tests.chaos.login_times [--tries N]

Exit status 1: the medians are more than 5 % apart.
"""

import argparse
import statistics
import tempfile
import time
import uuid
from pathlib import Path
from urllib.parse import urlencode

from tests.unit.real.server.parts import Running, running

MOST_APART = 0.05
SHORT, LONG = "a wrong word", "k" * 64
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def registered(server: Running, key: str) -> str:
    name = str(uuid.uuid4())
    assert server.manage("POST", "/agents", {"uuid": name, "key": key, "name": "n"}).status == 201
    return name


def measured(server: Running, key: str, tries: int) -> dict[str, float]:
    """The median of each kind, in milliseconds, on one kept connection."""
    known = {
        "of an agent with a short key": registered(server, "a short key"),
        "of an agent with a long key": registered(server, "x" * 64),
    }
    took: dict[str, list[float]] = {"of no agent": [], **{kind: [] for kind in known}}
    connection = server.connect()
    kinds = list(took)
    for number in range(tries):
        first = number % len(kinds)  # each has each place in turn, which so tells nothing
        for kind in (*kinds[first:], *kinds[:first]):
            times = took[kind]
            name = known.get(kind) or str(uuid.uuid4())
            form = {"grant_type": "client_credentials", "client_id": name, "client_secret": key}
            began = time.perf_counter()
            connection.request("POST", "/login", urlencode(form), FORM)
            answer = connection.getresponse()
            answer.read()
            times.append(1e3 * (time.perf_counter() - began))
            assert answer.status == 401, answer.status
    connection.close()
    return {kind: statistics.median(times) for kind, times in took.items()}


def main() -> int:
    """Print the medians; the exit status."""
    parser = argparse.ArgumentParser(prog="tests.chaos.login_times")
    parser.add_argument("--tries", type=int, default=2_000)
    tries = parser.parse_args().tries
    worst = 0.0
    with (
        tempfile.TemporaryDirectory(prefix="times-") as folder,
        running(Path(folder) / "data", failed_logins_per_minute=10**9) as server,
    ):
        for key in (SHORT, LONG):
            times = measured(server, key, tries)
            apart = max(times.values()) / min(times.values()) - 1
            worst = max(worst, apart)
            print(f"wrong key of {len(key)} characters, {tries:,} tries each: {apart:.1%} apart", flush=True)
            for kind, median_ms in times.items():
                print(f"  {median_ms:8.3f} ms  {kind}")
    return int(worst > MOST_APART)


if __name__ == "__main__":
    raise SystemExit(main())
