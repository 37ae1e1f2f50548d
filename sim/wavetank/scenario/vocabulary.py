"""The words around the generated table of keys in docs/scenario.md."""

INTRODUCTION = """\
# Scenario files

<!-- Written by `make docs` from the schema; a test fails when it is stale. -->

A scenario is one TOML file; `wavetank run FILE` answers it. Every key has a default, and defaults are
absence: without a law an operation costs nothing, without a table there is no such thing. A line
`#:schema models/schema/scenario.json` at the top lets editors complete and check the file.

**Quantities** carry their unit and stand in quotes: `"15min"`, `"64KiB"`, `"3/min"`, `"100Mbit/s"`,
`"20%"`. A plain 0 is a duration or size, too. Durations are whole nanoseconds, sizes whole bytes.

| quantity | units |
|---|---|
| duration | ns, us, ms, s, min, h, d |
| size | B, kB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (powers of 1024) |
| rate | /ms, /s, /min, /h, /hour, /d, /day |
| bandwidth | bit/s, kbit/s, Mbit/s, Gbit/s, and every unit of size with /s |
| share | % |

In the tables ENDPOINT is one of login, stateless, stateful, commands and heartbeat, STREAM one of stateless
and stateful, NAME any name.

**`extends = "NAME"`** starts from a scenario of the catalogue, or from a path relative to the file. Tables
merge key by key; anything else replaces what was there, and so do arrays of tables (`[[fleet.class]]`,
`[[fault]]`) and laws, which are one value. `name` and `description` are not inherited. The file is checked
after merging.

**`--set KEY=VALUE`** changes one key: `fleet.agents=100`, `fleet.class.server.stateless.rate=2/s` (a class
by its name), `fault.0.at=3min` (a fault by its number), `retry.*.backoff.law=full-jitter` (`*` is any one
level, of what is there). A value that is not TOML is taken as text, so quotes may be left out.

**The catalogue** (`wavetank models list`) has scenarios, fleets (`fleet.mix`) and cost cards
(`server.card`). A folder of one's own with `scenarios/`, `fleets/`, `servers/` or `libraries/` in it is
named by `--models` or `$WAVETANK_MODELS` and goes first. A fleet file holds `[[class]]` tables and may hold
`[network.NAME]`; a card holds `[service]`, `[sign.ALGORITHM]` and `[wire]`. What the scenario itself says
replaces what they say, key by key.
"""

LAWS_TEXT = """\
## Laws

Durations and sizes that vary are laws: `{ law = "exponential", mean = "2ms" }`; plainly `"2ms"` is a
deterministic one. The table is that of durations; sizes take the same words with sizes as values. An
`empirical` law takes the values of one column of a CSV file. Each value carries its unit, or the law says the
`unit` of bare numbers. The file is UTF-8 with commas and a header, and has at most 1,000,000 values and
100,000,000 bytes. `wavetank import` reads other tables.
"""

FORMULAS_TEXT = """\
A sample is computed so, in Python's notation, and rounded once to a whole ns or byte. Each `U` is a draw of
its own, uniform from 0 to 1. `Z` is standard normal, made of two of them by Box and Muller. Half of the mean
of a hyperexponential law lies in each phase, and `p = (1 + sqrt((cv**2 - 1) / (cv**2 + 1))) / 2` is the
chance of the shorter one.

| law | sample |
|---|---|
"""

BACKOFF_TEXT = """\
## Backoff

The n-th wait of a request, n from 0, before the added `jitter`, which is uniform from 0 to its value. `U` is
uniform from 0 to 1, `previous` the wait before (`base` at first). Without `cap` a wait is at most 36 years.
The laws are those of Brooker: Exponential backoff and jitter (AWS Architecture Blog, 2015), and
`scaled-jitter`.

| law | wait |
|---|---|
"""

SLO_TEXT = """\
## Bounds in [slo]

`[slo]` holds upper bounds, by the metric without its unit; a label follows a dot:
`"event_latency_p99.server" = "3s"`. CLASS is the name of a class, FAULT the number of a fault.

In a scenario with faults, `[slo.before]`, `[slo.during]` and `[slo.after]` bound what is created in a window:

```toml
[slo]
recovery = "2min"
[slo.before]
event_latency_p99 = "5s"
[slo.during]
event_latency_p99 = "90s"
```

"Before" is from the warm-up to the begin of the first fault. "During" is from the begin of each fault to W
after its end, where W is the bound of `recovery`, or 10 min without one. "After" is the rest. An event counts
in the window in which it is created, whenever it is delivered. On the command line, write
`--set slo.during.event_latency_p99=30s`.

| word | bound is a | labels | windows |
|---|---|---|---|
"""

OUTSIDE_THE_MODEL = (
    "Garbage-collection and scheduler pauses, congestion control beyond slow start, shared bottleneck links "
    "other than the server's own, disk and memory pressure inside a node."
)
"""Features that no scenario can ask for; docs/model.md lists them in the same words."""

NOT_MODELLED = (
    "`registration` during the run (agents are registered already)",
    "`auth.cache`, the server's cache of credentials",
    'processes `"bursts"`, `"daily"` and `"replay"`; linear profiles (`shape`)',
    "availability of agents (on/off), clock skew, `on_connect`",
    "batching: halving on 413, compression, `events_per_second`, `rebatch_on_retry`",
    "retry: `budget`, `breaker`, `late_reply`",
    "network: `slow_start`",
    "connection strategies `http2`, `websocket`, `grpc`, `zeromq`; command channels `sse`, `websocket`",
    "balancer: layer 7, `least-connections`, `hash`, `agent-list`, its idle time-out",
    "server: `read_timeout`, `body_timeout`, memory",
    "`agent` costs, `cost` in money",
    "faults `partition`, `store-stall`, `revoked-credentials`, `clock-step`, `certificate-rotation`, "
    "`fleet-restart`, `mass-command`",
)
