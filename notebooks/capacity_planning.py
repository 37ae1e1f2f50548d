# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How many servers for 10,000 agents?
#
# A planner's question, answered in plain steps: what the fleet asks of its servers, what an ordinary day needs, what
# a bad day does, where the cliff is, and what it costs to stay away from it. Three targets decide:
#
# 1. **An ordinary day:** 99 % of the events are acknowledged within 30 s.
# 2. **A bad day:** after everything restarts at once, the fleet is back within 5 minutes, and no event is lost.
# 3. **Repair:** both hold while one node is out of service.
#
# The site: the product as in the catalogue's scenario `wazuh-60` (tokens of 15 minutes, a batch about every 11 s, a new
# TLS connection for each request, whatever fails is repeated after 30 s), and nodes with 2 cores, the kind that its
# costs were measured on. The notebook runs in about a minute; the same seed gives the same figures on any machine.

# %%
import json
import tomllib
from collections.abc import Iterable
from pathlib import Path

import matplotlib.pyplot as plt
from IPython.display import Markdown

import wavetank as wt

AGENTS = 10_000
CORES = 2  # per node
TARGET_DAY_S = 30
TARGET_STORM_S = 5 * 60

site = wt.load("wazuh-60").but(
    f"fleet.agents={AGENTS}",
    f"server.cores={CORES}",
    "balancer.health_check=2s",
)


def minutes(seconds: float | None) -> str:
    """A time as a planner reads it; None is infinite."""
    if seconds is None:
        return "never"
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{round(seconds) // 60} min {round(seconds) % 60} s"


def table(rows: Iterable[dict[str, object]]) -> Markdown:
    """Rows, each a value per column, as a table."""
    listed = [{name: str(value) for name, value in row.items()} for row in rows]
    lines = [listed[0].keys(), ["---"] * len(listed[0]), *(row.values() for row in listed)]
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


# %% [markdown]
# ## 1. What the fleet asks
#
# `check` needs no simulation. The load is in *erlangs*: the number of cores that are busy in the mean. We ask for three
# nodes to begin with; the load is the same for any number.

# %%
table(finding._asdict() for finding in wt.check(site.but("server.nodes=3")))

# %% [markdown]
# Three things to keep in mind:
#
# - The fleet keeps **3.81** cores busy. Half of that is events; the rest is logins, new connections, and overhead.
# - A login costs **77.9 ms** of CPU, some thirty times as much as a batch of events. On an ordinary day that is only
#   **11.1** logins per second, because tokens live 15 minutes.
# - If ever all agents must log in at once, three nodes need over two minutes for it with nothing else to do. An agent
#   gives up after one minute, and asks again.
#
# ## 2. How many nodes an ordinary day needs
#
# A balancer that deals at random gives each node its share, and all nodes are alike: one real node with its share of
# the agents shows what all of them do. Two minutes of an ordinary day, for two, three and four nodes:

# %%
rows = []
for nodes in (2, 3, 4):
    share = site.but(f"fleet.agents={round(AGENTS / nodes)}", "duration=2min")
    day = wt.run(share).summary
    rows.append(
        {
            "nodes": nodes,
            "agents per node": f"{round(AGENTS / nodes):,}",
            "busy cores": f"{day['server_utilisation'] * nodes * CORES:.2f}",
            "utilisation": f"{day['server_utilisation']:.0%}",
            "event latency p99": minutes(day["event_latency_p99_s"]),
            "login p99": f"{day['request_latency_p99_s.login']:.2f} s",
            "within 30 s": "yes" if day["event_latency_p99_s"] <= TARGET_DAY_S else "no",
        }
    )
table(rows)

# %% [markdown]
# The simulation finds the busy cores that `check` computed. The latency of an event is mostly the 11 s for which an
# agent gathers a batch, so even two nodes meet the first target, at a utilisation at which nobody would sleep well. The
# usual rule (stay below 70 %) says **three nodes**. Most plans end here.
#
# ## 3. A model in scale
#
# Storms last minutes and need many runs, so the rest uses what a ship builder uses: a model in scale. At 1:25
#
# - the fleet has 400 agents instead of 10,000, each of them unchanged: the same events, tokens, time-outs and waits;
# - all cores of the site together become one core with 1/25 of their speed, so every cost grows by 25 / cores.
#
# Agents and capacity shrink in proportion, so load, queues *in seconds* and time-outs keep their relation. What does
# not carry over: a single job takes longer (a login up to half a second instead of 78 ms, small beside time-outs of 10
# to 60 s), chance weighs more in a small fleet, and the nodes are one: this model cannot lose *one* node of three.
# Step 5 holds it against the full size.

# %%
card = next(entry.path for entry in wt.catalogue() if entry.name == "python-comms-api")
COSTS = tomllib.loads(card.read_text(encoding="utf-8"))


def model(
    nodes: int, *changes: str, scale: int = 25, handshake: str = COSTS["service"]["handshake"]
) -> wt.Scenario:
    """The site with that many nodes, in scale 1:`scale`, ten and a half minutes long."""
    slower = scale / (nodes * CORES)
    costs = {f"service.{name}": cost for name, cost in {**COSTS["service"], "handshake": handshake}.items()}
    costs |= {f"sign.RS256.{name}": cost for name, cost in COSTS["sign"]["RS256"].items()}
    return site.but(
        f"fleet.agents={AGENTS // scale}",
        "duration=630s",
        "server.nodes=1",
        "server.cores=1",
        *(f"server.{key}={slower * float(cost.removesuffix('ms')):.4f}ms" for key, cost in costs.items()),
        *changes,
    )


# %% [markdown]
# ## 4. What a bad day does to three nodes
#
# Three storms, each half a minute into an ordinary day, on the three nodes of the rule:
#
# - **node restart**: all nodes go down for 30 s; the agents keep their tokens;
# - **key rotation**: all tokens are void at once;
# - **cold start**: power fails for a moment; nodes and agents come back together, without tokens or connections.

# %%
STORMS = {
    "node restart": "fault=[{ kind = 'node-restart', at = '30s', node = 0, down = '30s' }]",
    "key rotation": "fault=[{ kind = 'key-rotation', at = '30s' }]",
    "cold start": "fault=[{ kind = 'cold-start', at = '30s' }]",
}
COLD = STORMS["cold start"]

storms = wt.compare(*(model(3, storm) for storm in STORMS.values()), titles=list(STORMS))
storms.sentence

# %%
wt.plot(storms, "backlog")

# %%
table(
    {
        "storm": title,
        "verdict": result.verdict,
        "time to recover": minutes(result.summary["recovery_s"]),
        "event latency p99": minutes(result.summary["event_latency_p99_s"]),
        "events lost": result.summary["events_dropped"],
        "utilisation": f"{result.summary['server_utilisation']:.0%}",
        "of it for nobody": f"{result.summary['server_utilisation.wasted'] / result.summary['server_utilisation']:.0%}",
    }
    for title, result in zip(storms.titles, storms.results, strict=True)
)

# %% [markdown]
# Two of the three are survived. The cold start is not: 400 agents (10,000 at full size) want to log in at once, the queue
# is longer than the server's time-out of 20 s, the answers come when nobody listens any more, the agents ask again in
# step. The servers are busy to the brim, mostly **for nobody**. The fault lasted an instant; what follows feeds itself.
# That is called *metastable*: the load that three nodes carry every day is one that they cannot come back to.
#
# So the rule of 70 % buys a site that works until the first power cut. The cold start is the storm to plan for.
#
# ## 5. Can the model be trusted?
#
# `full_size.json` holds four designs at full size, 10,000 agents on real nodes (`make fullsize` takes minutes for each;
# a test keeps it up to date). The same designs in scale 1:25, and in 1:50 to see what a model too small does:

# %%
FULL = json.loads(Path("full_size.json").read_text(encoding="utf-8"))
CACHED = "auth.key=cached"
KEPT = ("connection.strategy=keep-alive", "connection.idle_timeout=60s")
DESIGNS = {
    "as it is, 3 nodes": (3,),
    "as it is, 5 nodes": (5,),
    "cached key, 2 nodes": (2, CACHED),
    "cached key, kept connections, 3 nodes": (3, CACHED, *KEPT),
}
SCALES = (25, 50)
both = wt.compare(
    *(model(*design, COLD, scale=scale) for design in DESIGNS.values() for scale in SCALES),
    titles=[f"{title}, 1:{scale}" for title in DESIGNS for scale in SCALES],
)
scaled = dict(zip(both.titles, both.results, strict=True))


def outcome(verdict: str, recovery_s: float | None) -> str:
    """The time to recover, or what the verdict calls a fleet that is not back when the run ends."""
    return f"not back ({verdict})" if recovery_s is None else f"back in {minutes(recovery_s)}"


rows = []
for title in DESIGNS:
    full, small = FULL[title], {scale: scaled[f"{title}, 1:{scale}"] for scale in SCALES}
    rows.append(
        {
            "design": title,
            "1:1 (stored)": outcome(full["verdict"], full["summary"]["recovery_s"]),
            **{f"1:{scale}": outcome(one.verdict, one.summary["recovery_s"]) for scale, one in small.items()},
            "utilisation, 1:1": f"{full['summary']['server_utilisation']:.1%}",
            "utilisation, 1:25": f"{small[25].summary['server_utilisation']:.1%}",
        }
    )
table(rows)

# %%
BLUE, ORANGE, GREEN, INK = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#333333",
)  # Okabe and Ito: safe for the colour-blind

figure, panels = plt.subplots(1, 2, figsize=(9, 3.6), dpi=110, layout="constrained")
for axes, title in zip(panels, ("as it is, 3 nodes", "as it is, 5 nodes"), strict=True):
    full = FULL[title]
    axes.plot(
        [t / 60 for t in full["t_s"]],
        [b / AGENTS for b in full["backlog"]],
        color="#BBBBBB",
        lw=6,
        label="1:1",
    )
    for scale, colour, style in ((25, BLUE, "-"), (50, ORANGE, "--")):
        series = scaled[f"{title}, 1:{scale}"].series
        per_agent = series["backlog"] * scale / AGENTS
        axes.plot(series["t_s"] / 60, per_agent, color=colour, ls=style, lw=1.4, label=f"1:{scale}")
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    axes.set_xlabel("simulated time (min)")
    axes.set_ylabel("events waiting per agent")
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
panels[0].legend(frameon=False, title="scale")
plt.show()

# %% [markdown]
# Verdicts agree, and where the fleet comes back, so does the time, to about a sample (10.5 s). Two cautions. Inside a
# storm that does not end, the backlog is a matter of chance: there only the verdict carries over. And a model of 200
# agents is small: chance alone can lift its backlog over the 10 % that count as "back", late in the run. We stay with
# 1:25, and confirm at full size what we decide.
#
# ## 6. The cliff
#
# The cold start again, on two to eight nodes, and with two remedies that cost no hardware:
#
# - **logins limited:** a node takes 15 logins per second (400 at once) and answers the others at once with 429 and
#   `Retry-After: 30`, so that it works only on logins that somebody still waits for;
# - **cached key:** the server keeps its signing key in memory instead of parsing it at every login, which is 54 of the
#   77.9 ms.


# %%
def limited(nodes: int, scale: int = 25) -> str:
    """15 logins per second and node, 400 at once, on the scale of the model."""
    rate, burst = 15 * nodes / scale, round(400 * nodes / scale)
    return f"server.limits.login_rate={{ rate = '{rate}/s', burst = {burst}, answer = '429', retry_after = '30s' }}"


sweep = (
    [("as it is", nodes, model(nodes, COLD)) for nodes in (2, 4, 6, 8)]
    + [("logins limited", nodes, model(nodes, limited(nodes), COLD)) for nodes in (2, 3, 4, 5)]
    + [("cached key", nodes, model(nodes, CACHED, COLD)) for nodes in (3, 4)]
)
ran = wt.compare(*(design for _, _, design in sweep)).results
cliff = {(title, nodes): result for (title, nodes, _), result in zip(sweep, ran, strict=True)}
cliff["as it is", 3] = scaled["as it is, 3 nodes, 1:25"]
cliff["as it is", 5] = scaled["as it is, 5 nodes, 1:25"]
cliff["cached key", 2] = scaled["cached key, 2 nodes, 1:25"]

table(
    {
        "design": title,
        "nodes": nodes,
        "verdict": result.verdict,
        "time to recover": minutes(result.summary["recovery_s"]),
        "event latency p99": minutes(result.summary["event_latency_p99_s"]),
        "events lost": result.summary["events_dropped"],
        "CPU for nobody": f"{result.summary['server_utilisation.wasted']:.0%}",
    }
    for (title, nodes), result in sorted(cliff.items())
)

# %%
LOOKS = {
    "as it is": (ORANGE, "o", "-"),
    "logins limited": (GREEN, "s", "--"),
    "cached key": (BLUE, "^", "-."),
}
TOP = 10.8  # where designs are drawn that do not come back in the ten minutes after the fault

figure, axes = plt.subplots(figsize=(9, 5), dpi=110, layout="constrained")
axes.axhspan(10, 12, color="#EEEEEE")
axes.text(8.2, TOP, "not back when the run ends", ha="right", va="center", color=INK)
stuck = [
    nodes
    for (title, nodes), result in cliff.items()
    if title == "as it is" and result.verdict == "metastable"
]
axes.axvspan(1.5, max(stuck) + 0.5, facecolor="none", edgecolor="#BBBBBB", hatch="//", lw=0)
axes.text(1.6, 9.7, "as it is: metastable", ha="left", va="top", color=INK, backgroundcolor="white")
axes.axhline(TARGET_STORM_S / 60, color=INK, lw=1, ls=":")
axes.text(8.2, TARGET_STORM_S / 60 + 0.1, "target", ha="right", va="bottom", color=INK)
for title, (colour, marker, style) in LOOKS.items():
    points = sorted(
        (nodes, result.summary["recovery_s"]) for (name, nodes), result in cliff.items() if name == title
    )
    x = [nodes for nodes, _ in points]
    y = [TOP if recovery_s is None else recovery_s / 60 for _, recovery_s in points]
    axes.plot(x, y, color=colour, marker=marker, ls=style, ms=8, lw=1.8, label=title)
axes.set(xlim=(1.5, 8.3), ylim=(0, 11.6), yticks=range(0, 11, 2))
axes.set_xlabel(f"nodes with {CORES} cores")
axes.set_ylabel("time to recover from a cold start (min)")
axes.legend(frameon=True, framealpha=1, edgecolor="none", loc="upper right", bbox_to_anchor=(1, 0.88))
axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# As it is, the site falls off a cliff between four nodes and three. It is no matter of degree: four nodes are back in
# about seven minutes, three are not back at all, though they are only 63 % busy on an ordinary day. On the safe side,
# too, the curve is steep: one node more or less is a matter of minutes.
#
# The remedies move the cliff out of the picture. What each is worth in nodes:


# %%
def offered(scenario: wt.Scenario) -> float:
    """The offered load in erlangs, out of what `check` says."""
    text = next(finding.text for finding in wt.check(scenario) if finding.text.startswith("Offered load"))
    return float(text.split()[2])


def holds(result: wt.Result) -> bool:
    """Whether the second target is met."""
    recovery_s = result.summary.get("recovery_s")
    return recovery_s is not None and recovery_s <= TARGET_STORM_S and not result.summary["events_dropped"]


def fewest(results: dict[int, wt.Result]) -> int:
    """The fewest nodes from which on every number that was tried meets the second target."""
    failing = [nodes for nodes, result in results.items() if not holds(result)]
    return min(nodes for nodes in results if nodes > max(failing, default=0))


ADDED = {"as it is": (), "logins limited": (), "cached key": (CACHED,)}  # what changes the load
rows = []
for title, added in ADDED.items():
    nodes = fewest({nodes: result for (name, nodes), result in cliff.items() if name == title})
    load, cores = offered(site.but(*added)), (nodes + 1) * CORES
    rows.append(
        {
            "design": title,
            "load": f"{load:.2f} erlangs",
            "nodes for the storm": nodes,
            "with one in repair": nodes + 1,
            "utilisation on an ordinary day": f"{load / cores:.0%}",
            "idle cores": f"{cores - load:.1f} of {cores}",
        }
    )
table(rows)

# %% [markdown]
# This is what headroom costs. As it is, the site needs **6** nodes and leaves two thirds of them idle, day after day,
# for the sake of one bad minute. The limit saves a node or two and is a line in the configuration of the server; the
# cached key saves **3** nodes and is a change of a few lines in its code. It takes less off the daily load than one
# might think (from **3.81** to **3.22** erlangs); its worth shows in the storm, where logins are all that counts.
#
# %% [markdown]
# ## 7. What if a figure is wrong?
#
# One cost in this plan is not settled. The catalogue's card takes 0.99 ms of CPU for a new TLS connection, measured on
# the server alone; a benchmark with client and server on the same cores would make it 7.57 ms, and the truth lies
# between ([face validity](../docs/face_validity.md)). With a new connection for each request that matters:

# %%
DEAR = "7.57ms"
dear = {
    ("cached key", 5): model(5, CACHED, COLD, handshake=DEAR),
    ("cached key, kept connections", 2): model(2, CACHED, *KEPT, COLD, handshake=DEAR),
    ("cached key, kept connections", 3): model(3, CACHED, *KEPT, COLD, handshake=DEAR),
}
dear = dict(zip(dear, wt.compare(*dear.values()).results, strict=True))
kept = scaled["cached key, kept connections, 3 nodes, 1:25"]

rows = []
for title, added in {
    "as it is": (),
    "cached key": (CACHED,),
    "cached key, kept connections": (CACHED, *KEPT),
}.items():
    costly = {nodes: result for (name, nodes), result in dear.items() if name == title}
    load = offered(site.but(*added, f"server.service.handshake={DEAR}"))
    rows.append(
        {
            "design": title,
            "load at 0.99 ms": f"{offered(site.but(*added)):.2f} erlangs",
            "load at 7.57 ms": f"{load:.2f} erlangs",
            "nodes for that load alone": int(load / CORES) + 1,
            **{
                f"storm on {nodes}": outcome(costly[nodes].verdict, costly[nodes].summary["recovery_s"])
                if nodes in costly
                else "-"
                for nodes in (2, 3, 5)
            },
        }
    )
table(rows)

# %% [markdown]
# With a dear handshake the site as it is would need five nodes for an ordinary day alone. Kept connections make the
# question vanish: whichever figure is right, three nodes survive the storm. What they ask for instead is room for open
# connections:

# %%
print(f"{kept.summary['connections_open_max'] * 25 / 3:,.0f} connections at most on each of 3 nodes")

# %% [markdown]
# ## 8. The decision
#
# TODO
