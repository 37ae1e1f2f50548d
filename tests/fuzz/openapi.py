"""Asks a real server whatever its OpenAPI document allows, and what it does not (schemathesis).

    python -m tests.fuzz.openapi [--examples N]

Exit status 0: every answer was documented, and none was a 5xx. 1: one was not; the request is printed.
Nothing is left behind: schemathesis works in a folder that is removed.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.unit.real.server.parts import Client, Running, running
from wavetank.real.server import openapi

METHODS = ("get", "post", "put", "delete")
PASSWORD = "PUT /password"
UNFIT = (
    # JSON Schema cannot say that a number is written in digits alone, or that no parameter comes twice.
    "positive_data_acceptance",
    # Two ports, one document: a path that both have knows other methods on the other port.
    "allow_header_conformance",
)
# What may be answered to what the document does not allow; too many events are 413.
CONFIGURATION = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 413, 415, 422, 429]
"""
SEED = "1"
LONGEST_LINE, MOST_LINES = 1_000, 100


def operations(paths: openapi.Json) -> list[str]:
    """Methods and paths, as schemathesis names them."""
    return [
        f"{method.upper()} {path}" for path, said in paths.items() for method in said if method in METHODS
    ]


def holds(client: Client, folder: Path, port: int, names: Iterable[str], examples: int, *who: str) -> bool:
    """Ask one port for some operations; whether all answers were as documented."""
    settings = folder / "schemathesis.toml"
    settings.write_text(CONFIGURATION)
    words = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings)),
        *("run", f"https://127.0.0.1:{port}/openapi.json"),
        *("--tls-verify", str(client.data / "ca.pem"), "--no-color", "--phases", "coverage,fuzzing"),
        *("--max-examples", str(examples), "--seed", SEED, "--generation-database", "none"),
        *("--exclude-checks", ",".join(UNFIT), "--continue-on-failure", "--warnings", "off", *who),
    ]
    for name in names:
        words += ["--include-name", name]
    ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    told = [line.strip() for line in ran.stdout.splitlines() if " generated" in line]
    print(f"port {port}: {told[0] if told else 'nothing was asked'}", flush=True)
    if ran.returncode or not told:
        said = [line[:LONGEST_LINE] for line in (ran.stdout + ran.stderr).splitlines()]
        print("\n".join(said[-MOST_LINES:]))
    return not ran.returncode and bool(told)


def all_hold(server: Running, folder: Path, examples: int) -> bool:
    """Ask both ports; what voids tokens or changes the password comes last."""
    token = server.token(server.register())
    bearer, basic = ("-H", f"Authorization: Bearer {token}"), ("-a", f"admin:{server.password}")
    managed = [name for name in operations(openapi.MANAGEMENT) if name != PASSWORD]
    asked = (
        (server.agent_port, operations(openapi.AGENT), bearer),
        (server.management_port, managed, basic),
        (server.management_port, [PASSWORD], basic),
    )
    good = [holds(server, folder, port, names, examples, *who) for port, names, who in asked]
    text = server.ask("GET", "/metrics", port=server.management_port).body.decode()
    return all(good) and 'cause="defect"' not in text


def main() -> int:
    """Start a server and ask it; the exit status."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.openapi", description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=20, help="for each operation")
    examples = parser.parse_args().examples
    with (
        tempfile.TemporaryDirectory(prefix="openapi-") as folder,
        running(Path(folder) / "data", hold_s=0.01, failed_logins_per_minute=10**9) as server,
    ):
        return 0 if all_hold(server, Path(folder), examples) else 1


if __name__ == "__main__":
    raise SystemExit(main())
