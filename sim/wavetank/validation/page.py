"""The text of docs/validation.md."""

from collections.abc import Sequence

from wavetank.validation.foreign import Foreign
from wavetank.validation.telling import markdown

_INTRODUCTION = """\
# Validation

<!-- Written by `make docs`; a test fails when it is stale. -->

How far are wavetank's predictions from what others measured? `wavetank validate --table NAME` takes a table
of published measurements, simulates each row, and prints the error. Some rows give the costs of the scenario:
they *calibrate* it. The others are *predicted*: nothing in the scenario comes from them.

    wavetank validate --table nginx-https-2017
    wavetank validate --table ./mine.toml --json

Exit status: 0 every figure is within the error aimed at; 1 some are not; 2 bad input. An error that is larger
than aimed at stays in the table, with its cause. Nothing is tuned to make it smaller.
"""

_COST = """\
## Predict first, measure then: the tier cost

    wavetank validate --tier cost --out out/cost

No figure of this page comes from it: run it on a machine of your own. It starts the built-in server, and

1. calibrates it ([docs/calibration.md](calibration.md)): batches of 1, 10 and 100 events;
2. draws six batches by its seed (`--seed`), none of them among those, and predicts for each the CPU time of
   the server by the card, and by the simulator how many a second eight agents get answered that ask again as
   soon as they may;
3. writes `card.toml` and `predictions.json`, and the SHA-256 of both to `seal.txt`;
4. measures these batches, in turns and in another order each time, five slices each (`--repetitions`);
5. calibrates again, to say how far the costs have drifted meanwhile;
6. writes `answer.json` and `answer.md`, with the hash in them.

CPU time is aimed at within 15 %, throughput within 3 %. Void slices are those of a calibration. A batch with
fewer than five slices that count, of fifteen, makes the answer inconclusive: exit status 3, and never a pass.
A folder that holds predictions is never written over. To check a hash:

```python
import hashlib, pathlib

folder, whole = pathlib.Path("out/cost"), hashlib.sha256()
for name in ("card.toml", "predictions.json"):
    data = (folder / name).read_bytes()
    whole.update(f"{name} {len(data)}\\n".encode() + data)
print(whole.hexdigest() == (folder / "seal.txt").read_text().strip())
```

Latency under load and recovery after a storm are not held against the real server yet.
"""

_OWN = """\
## A table of your own

A table is one TOML file. Give it by its path, or put it into `measurements/` of a catalogue of your own
(`--models`, `WAVETANK_MODELS`).

```toml
name = "Our gateway, logins by cores"
source = "load test of 3 March 2026, internal report 17"
assumed = ["Nothing but the login costs anything."]
within = 0.1                                  # the error aimed at; default 0.15

[scenario]                                    # any keys of a scenario; extends = "NAME" works, too
duration = "20s"
warmup = "2s"
fleet = { agents = 50, class = [{ name = "client", stateless = { process = "closed", think = "1us" } }] }
connection = { strategy = "keep-alive" }
server = { cores = 1, workers = 1, service = { stateless = "4ms" } }

[[row]]
name = "1 core"
metric = "goodput_per_s"                      # docs/metrics.md
measured = 250                                # in the metric's unit
use = "calibrates"

[[row]]
name = "4 cores"
metric = "goodput_per_s"
measured = 930
use = "predicted"
set = ["server.cores=4", "server.workers=4"]  # how the scenario differs for this row
```

| key of a row | meaning |
|---|---|
| `name` | what was measured, in words |
| `metric`, `measured` | the metric of docs/metrics.md, and the figure in its unit |
| `bound` | `about` (default): a figure. `at-least`, `at-most`: the source gives a bound |
| `use` | `calibrates` or `predicted`. A row that calibrates must come out again to 1 % |
| `set` | settings for this row, as for `--set` |
| `within` | the error aimed at, as a share of the measured figure, where it differs from the table's |
| `note`, `cause` | what a reader should know; why the error is larger than aimed at |
"""


def page(answers: Sequence[Foreign]) -> str:
    """Return the page: what the tables say together, each table, and how to add one."""
    lines = ["| table | predicted within the aim | mean error |", "|---|---:|---:|"]
    for answer in answers:
        near = sum(row.met for row in answer.predictions)
        exact = f"{100 * answer.mean_error:.1f} %" if answer.has_errors else "bounds only"
        name = answer.table.spec.name
        cells = (f"[{name}](#{_anchor(name)})", f"{near} of {len(answer.predictions)}", exact)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([_INTRODUCTION, "\n".join(lines) + "\n", *map(markdown, answers), _COST, _OWN])


def _anchor(title: str) -> str:
    """The anchor that GitHub gives a heading."""
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")
