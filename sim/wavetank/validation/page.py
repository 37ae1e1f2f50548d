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
    return "\n".join([_INTRODUCTION, "\n".join(lines) + "\n", *map(markdown, answers), _OWN])


def _anchor(title: str) -> str:
    """The anchor that GitHub gives a heading."""
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")
