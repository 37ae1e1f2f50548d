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
# This notebook answers a planner's question in steps. It computes what the fleet asks of its servers and what
# an ordinary day needs. It shows what a bad day does, and what it costs to survive one. Three targets decide:
#
# 1. *An ordinary day:* 99 % of the events are acknowledged within 30 s.
# 2. *A bad day:* after everything restarts at once, the fleet is back within 5 minutes and has lost no event.
# 3. *Repair:* both hold while one node is out of service.
#
# The site is the product as in the catalogue's scenario `wazuh-60`. Its tokens live 15 minutes. An agent
# sends a batch about every 11 s, opens a new TLS connection for each request, and repeats after 30 s whatever
# fails. A node has 2 cores of the kind that the costs were measured on. All figures come from the cells and
# are the same on any machine. The notebook runs for a few minutes on two cores.

# %%
import json
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
from IPython.display import Markdown
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

import wavetank as wt

AGENTS = 10_000
CORES = 2  # per node
TARGET_DAY_S = 30
TARGET_STORM_S = 5 * 60
RUNS = 8  # replications of every storm

site = wt.load("wazuh-60").but(
    f"fleet.agents={AGENTS}",
    f"server.cores={CORES}",
    "balancer.health_check=2s",
)


def minutes(seconds: float) -> str:
    """Return a duration as people say it: "45 s", "10 min 36 s"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"


def percent(share: float) -> str:
    """Return a share of 1 as a whole percentage."""
    return f"{100 * share:.0f} %"


def table(rows: Iterable[dict[str, object]]) -> Markdown:
    """Return a table with one line per row; the keys of the first row are the headings."""
    listed = [{name: str(value) for name, value in row.items()} for row in rows]
    lines = [listed[0].keys(), ["---"] * len(listed[0]), *(row.values() for row in listed)]
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


# %% [markdown]
# ## 1. What the fleet asks
#
# `check` needs no simulation. It gives the load in *erlangs*: the number of cores that are busy on average.
# We start with three nodes. The load is the same for any number.

# %%
checked = wt.check(site.but("server.nodes=3"))
table({"level": finding.level, "key": finding.key, "text": finding.text} for finding in checked)

# %% [markdown]
# Keep three things in mind:
#
# - The fleet keeps **3.81** cores busy. Half of that is events. The rest is logins, new connections and
#   overhead.
# - A login costs **77.9 ms** of CPU, as much as thirty batches of events. An ordinary day has only **11.1**
#   logins per second, because a token lives 15 minutes.
# - If all agents log in at once, three nodes need **2 min 10 s** for it and can do nothing else meanwhile. An
#   agent gives up after one minute and asks again.
#
# ## 2. How many nodes an ordinary day needs
#
# The balancer distributes requests at random and all nodes are alike. One node with its share of the agents
# therefore shows what each of them does. A minute of an ordinary day on two, three and four nodes:

# %%
rows = []
for nodes in (2, 3, 4):
    share = round(AGENTS / nodes)
    day = wt.run(site.but(f"fleet.agents={share}", "duration=1min")).summary
    rows.append(
        {
            "nodes": nodes,
            "agents per node": f"{share:,}",
            "busy cores, all nodes": f"{day['server_utilisation'] * nodes * CORES:.2f}",
            "utilisation": percent(day["server_utilisation"]),
            "event latency p99": minutes(day["event_latency_p99_s"]),
            "login p99": f"{day['request_latency_p99_s.login']:.2f} s",
            "within 30 s": "yes" if day["event_latency_p99_s"] <= TARGET_DAY_S else "no",
        }
    )
table(rows)

# %% [markdown]
# The simulated minute has about as many busy cores as `check` computed. An event waits mostly in its own
# agent, which gathers a batch for 11 s. Even two nodes meet the first target, at a utilisation that leaves no
# room for anything else. The usual rule, to stay below 70 %, gives three nodes. Many plans stop there.
#
# ## 3. A scale model
#
# Storms last minutes and need many runs. The next steps use a scale model of the site, as shipbuilders do. At
# 1:25:
#
# - The fleet has 400 agents instead of 10,000. Each agent is unchanged: same events, tokens, time-outs,
#   waits.
# - There are as many nodes and cores as at full size, but each core is 25 times slower. Every cost is
#   multiplied by 25, and every limit per second is divided by 25.
#
# Agents and capacity shrink in proportion. Utilisation, the time a queue takes to drain and the time-outs
# keep their relation. Two things do *not* carry over. A single job takes 25 times longer: a login takes 1.9
# s, which is small against time-outs of 10 to 60 s, but is no latency of an ordinary day. And chance weighs
# more in a small fleet, so every storm below is run eight times. Step 6 compares the model with the full
# size.

# %%
SCALE = 25
card = next(entry.path for entry in wt.catalogue() if entry.name == "python-comms-api")
costs = tomllib.loads(card.read_text(encoding="utf-8"))
COSTS = {f"service.{name}": cost for name, cost in costs["service"].items()}
COSTS |= {f"sign.RS256.{name}": cost for name, cost in costs["sign"]["RS256"].items()}


def model(nodes: int, *changes: str, **other_costs: str) -> wt.Scenario:
    """Return the site at 1:25, ten and a half minutes long; `handshake="2ms"` changes a cost at full size."""
    all_costs = COSTS | {f"service.{name}": cost for name, cost in other_costs.items()}
    return site.but(
        f"fleet.agents={AGENTS // SCALE}",
        f"server.nodes={nodes}",
        "duration=630s",
        *(f"server.{key}={SCALE * float(cost.removesuffix('ms')):g}ms" for key, cost in all_costs.items()),
        *changes,
    )


# %% [markdown]
# ## 4. What a bad day does to three nodes
#
# Each storm begins half a minute into an ordinary day, on the three nodes of the rule:
#
# - *node restart*: one node is down for 30 s, and the agents keep their tokens.
# - *key rotation*: all tokens become void at once.
# - *cold start*: power fails for a moment. Nodes and agents come back together, without tokens.
#
# A run with a fault goes on in simulated time until its outcome is decided. "Back" means that the fleet does
# as well as it would have done without the fault. The table gives the median of eight runs, and their range.

# %%
COLD = "fault=[{ kind = 'cold-start', at = '30s' }]"
ROTATION = "fault=[{ kind = 'key-rotation', at = '30s' }]"
STORMS = {
    "node restart": "fault=[{ kind = 'node-restart', at = '30s', node = 0, down = '30s' }]",
    "key rotation": ROTATION,
    "cold start": COLD,
}
storms = wt.compare(*(model(3, storm) for storm in STORMS.values()), titles=list(STORMS), replications=RUNS)


def verdicts(result: wt.Result) -> str:
    """Return the outcomes of the runs, with their numbers where they differ."""
    if len(result.shares) == 1:
        return result.verdict
    return ", ".join(f"{outcome.value} {share.count}" for outcome, share in result.shares.items())


def back_after(result: wt.Result) -> str:
    """Return the median time from the fault until the fleet is back and its range, or a lower bound."""
    found = result.recovery
    if found.value is None:
        return f"> {minutes(result.censored['recovery_s'])}"
    if found.least == found.most:
        return minutes(found.value)
    return f"{minutes(found.value)} ({minutes(found.least)} to {minutes(found.most)})"


def latency(result: wt.Result) -> str:
    """Return the 99th percentile of the event latency, or a lower bound."""
    found = result.summary["event_latency_p99_s"]
    return f"> {minutes(result.censored['event_latency_p99_s'])}" if found is None else minutes(found)


def lost(result: wt.Result) -> int:
    """Return the number of events lost in all runs together."""
    return round(sum(run["events_dropped"] for run in result.each))


def in_time(result: wt.Result) -> int:
    """Return how many of the runs meet the second target."""
    times = [(run["recovery_s"], run["events_dropped"]) for run in result.each]
    return sum(back_s is not None and back_s <= TARGET_STORM_S and not dropped for back_s, dropped in times)


WASTED = "CPU wasted on abandoned requests"


def fared(result: wt.Result) -> dict[str, object]:
    """Return the columns that tell how a design fared in a storm."""
    return {
        "verdict": verdicts(result),
        "back after": back_after(result),
        "within 5 min": f"{in_time(result)} of {result.replications}",
        "event latency p99": latency(result),
        "events lost": lost(result),
        WASTED: percent(result.summary["server_utilisation.wasted"]),
    }


table({"storm": title, **fared(result)} for title, result in zip(storms.titles, storms.results, strict=True))

# %%
axes = wt.plot.compare(storms, "backlog")

# %% [markdown]
# The restart of one node hardly shows. The two other storms last minutes. All agents want to log in at once,
# and the queue of logins grows longer than their time-outs. Most answers come after the agents have given up,
# and the agents ask again. After a cold start the servers spend more than half of their CPU on requests that
# the agents have abandoned. The fault lasts an instant. The storm lasts many minutes, because the repeated
# logins keep the queue full.
#
# The rule of 70 % buys a site that works until the first power cut. Plan for the cold start.
#
# ## 5. The cliff
#
# The cold start on two to six nodes, as it is and with two remedies that need no hardware:
#
# - *logins limited:* a node takes 15 logins per second (400 at once). It answers the others immediately with
#   429 and `Retry-After: 30`, and so works only on logins whose agents still wait.
# - *cached key:* the server keeps its signing key in memory instead of parsing it at every login. Parsing
#   takes 54 of the 77.9 ms.

# %%
CACHED = "auth.key=cached"
LIMITED = (
    f"server.limits.login_rate={{ rate = '{15 / SCALE}/s', burst = {400 // SCALE},"
    " answer = '429', retry_after = '30s' }"
)
DESIGNS = {"as it is": (), "logins limited": (LIMITED,), "cached key": (CACHED,)}
LOADS = {"as it is": (), "logins limited": (), "cached key": (CACHED,)}  # what changes the daily load
NODES = {"as it is": range(2, 7), "logins limited": range(2, 5), "cached key": range(2, 4)}
sweep = {
    (title, nodes): model(nodes, *changes, COLD)
    for title, changes in DESIGNS.items()
    for nodes in NODES[title]
}
cliff = dict(zip(sweep, wt.compare(*sweep.values(), replications=RUNS).results, strict=True))
table({"design": title, "nodes": nodes, **fared(result)} for (title, nodes), result in cliff.items())


# %%
def offered(scenario: wt.Scenario) -> float:
    """Return the offered load in erlangs, as `check` says it."""
    text = next(finding.text for finding in wt.check(scenario) if finding.text.startswith("Offered load"))
    return float(text.split()[2])


# Okabe and Ito's colours: people with colour blindness can tell them apart
BLUE, ORANGE, GREEN, INK = "#0072B2", "#D55E00", "#009E73", "#333333"
LOOKS = {
    "as it is": (ORANGE, "o", "-"),
    "logins limited": (GREEN, "s", "--"),
    "cached key": (BLUE, "^", "-."),
}
FULL = json.loads(Path("full_size.json").read_text(encoding="utf-8"))


def bounded_min(back_s: float | None, censored: dict[str, float]) -> float:
    """Return a recovery in minutes, or its lower bound."""
    return (censored["recovery_s"] if back_s is None else back_s) / 60


def caption(trapped: Sequence[int], times: dict[str, int]) -> str:
    """Return the conclusion of the chart."""
    stuck = f"{' and '.join(map(str, trapped))} nodes are trapped" if trapped else "no design is trapped"
    enough = ", ".join(f"{title}: {nodes}" for title, nodes in times.items())
    return f"As it is, {stuck} after a cold start. Nodes that are in time in every run: {enough}."


def fewest(title: str) -> int:
    """Return the fewest nodes from which on every number that was tried is in time in every run."""
    tried = {nodes: in_time(result) == RUNS for (name, nodes), result in cliff.items() if name == title}
    return min(nodes for nodes in tried if all(held for other, held in tried.items() if other >= nodes))


figure, axes = plt.subplots(figsize=(9, 5.2), dpi=110, layout="constrained")
axes.axhline(TARGET_STORM_S / 60, color=INK, lw=1, ls=":")
axes.text(6.35, TARGET_STORM_S / 60 * 1.03, "target: 5 min", ha="right", va="bottom", color=INK)
for title, (colour, marker, style) in LOOKS.items():
    line = {nodes: result for (name, nodes), result in cliff.items() if name == title}
    y = [bounded_min(result.recovery.value, result.censored) for result in line.values()]
    low = [(result.recovery.least or 60 * at) / 60 for result, at in zip(line.values(), y, strict=True)]
    high = [(result.recovery.most or 60 * at) / 60 for result, at in zip(line.values(), y, strict=True)]
    spread = [[b - a for a, b in zip(low, y, strict=True)], [b - a for a, b in zip(y, high, strict=True)]]
    axes.plot(list(line), y, color=colour, marker=marker, ls=style, ms=6, lw=1.4, label=title)
    axes.errorbar(list(line), y, spread, color=colour, ls="", lw=1.4, capsize=5)
    stored = {nodes: FULL[f"{title}, {nodes} nodes"] for nodes in line if f"{title}, {nodes} nodes" in FULL}
    full = [bounded_min(run["summary"]["recovery_s"], run["censored"]) for run in stored.values()]
    for at, value, run in zip(stored, full, stored.values(), strict=True):
        if run["summary"]["recovery_s"] is None:
            arrow = {"arrowstyle": "->", "color": colour, "lw": 1.6}
            axes.annotate("", (at + 0.1, value * 1.45), (at + 0.1, value * 1.12), arrowprops=arrow)
    axes.plot([at + 0.1 for at in stored], full, ls="", marker="o", ms=8, mfc="none", mec=colour, mew=1.6)
trapped = [nodes for (_, nodes), result in cliff.items() if result.recovery.value is None]
for (title, nodes), result in cliff.items():
    if result.recovery.value is None:
        at, arrow = (
            bounded_min(None, result.censored),
            {"arrowstyle": "->", "color": LOOKS[title][0], "lw": 1.6},
        )
        axes.annotate("", (nodes, at * 1.45), (nodes, at * 1.12), arrowprops=arrow)
        said = f"{result.verdict}: {back_after(result)}"
        axes.annotate(said, (nodes, at), (28, 0), textcoords="offset points", va="center", color=INK)
axes.plot([], [], ls="", marker="o", ms=8, mfc="none", mec=INK, mew=1.6, label="10,000 agents, one run")
axes.set_yscale("log")
axes.set(xlim=(1.6, 6.4), ylim=(1.5, 100), xticks=range(2, 7))
axes.set_yticks([2, 5, 10, 20, 40, 80])
axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
axes.yaxis.set_minor_locator(NullLocator())
axes.grid(axis="y", color="#E6E6E6", lw=0.8)
axes.set_axisbelow(True)
axes.set_xlabel(f"nodes with {CORES} cores")
axes.set_ylabel("back after a cold start (min, log scale)")
load = offered(site)
above = axes.secondary_xaxis("top")
above.set_xticks(range(2, 7), [percent(load / (nodes * CORES)) for nodes in range(2, 7)])
above.set_xlabel("utilisation on an ordinary day, as it is")
axes.legend(handlelength=3.2, framealpha=1, edgecolor="none", loc="upper right", labelspacing=0.8)
axes.spines["right"].set_visible(False)
plt.show()
Markdown(
    f"*{caption(trapped, {title: fewest(title) for title in DESIGNS})} "
    f"Bars: the range of {RUNS} runs. Arrow: a lower bound.*"
)

# %% [markdown]
# As it is, the curve is steep. Four nodes are too slow and three take more than twice as long as five,
# although an ordinary day keeps their cores only **63.5 %** busy. Two nodes carry an ordinary day as well,
# but a cold start traps them. The fault is long over, and the backlog still grows when the run ends. Such a
# state is called *metastable*: it outlives its cause at a load that the site could carry. Between three nodes
# and two the site falls off a cliff.
#
# Both remedies move the cliff below the sizes that one would build. What each is worth in nodes, with one of
# them in repair:

# %%
plans = []
for title, changes in LOADS.items():
    buy, load = fewest(title) + 1, offered(site.but(*changes))
    plans.append(
        {
            "design": title,
            "load": f"{load:.2f} erlangs",
            "nodes for the storm": buy - 1,
            "nodes to buy": buy,
            "utilisation on an ordinary day": percent(load / (buy * CORES)),
            "idle cores": f"{buy * CORES - load:.1f} of {buy * CORES}",
            "nodes saved": fewest("as it is") + 1 - buy,
        }
    )
table(plans)


# %%
def counted(nodes: int) -> str:
    """Return a number of nodes in words: "1 node", "3 nodes"."""
    return f"{nodes} node" if nodes == 1 else f"{nodes} nodes"


now, limited, cached = plans
short = fewest("logins limited") - 1
Markdown(
    f"This is the price of headroom. As it is, the site needs {counted(now['nodes to buy'])}, and "
    f"{now['idle cores']} cores are idle on an ordinary day. The limit is a line in the server's "
    f"configuration and saves {counted(limited['nodes saved'])}. With the limit, {counted(short)} would meet "
    f"the target in {in_time(cliff['logins limited', short])} of {RUNS} runs. The cached key is a small "
    f"change of the code and saves {counted(cached['nodes saved'])}. It takes little off the daily load "
    f"({now['load']} to {cached['load']}). Its worth is in the storm, when the servers do little else than "
    "logins."
)

# %% [markdown]
# ## 6. Can the model be trusted?
#
# `full_size.json` holds runs at full size, 10,000 agents on real nodes. `make fullsize` repeats them in a few
# minutes, and a test compares what is stored with what comes out. The circles in the chart above are from
# there. Here are all designs that were run at both scales, with one that also keeps its connections:

# %%
KEPT = ("connection.strategy=keep-alive", "connection.idle_timeout=60s")
kept = wt.run(model(3, CACHED, *KEPT, COLD), replications=RUNS)
SCALED = {f"{title}, {nodes} nodes": result for (title, nodes), result in cliff.items()}
SCALED |= {"cached key, kept connections, 3 nodes": kept}
BOTH = [title for title in FULL if title in SCALED]
STEP_S = kept.judgements[0].step_s


def full_back(title: str) -> str:
    """Return when the stored run at full size was back, or its lower bound."""
    back_s = FULL[title]["summary"]["recovery_s"]
    return f"> {minutes(FULL[title]['censored']['recovery_s'])}" if back_s is None else minutes(back_s)


def off_s(title: str) -> float:
    """Return how far the full size is outside the range of the model's runs, in s."""
    back_s, found = FULL[title]["summary"]["recovery_s"], SCALED[title].recovery
    if back_s is None or found.value is None:
        return 0.0 if back_s is found.value else float("inf")
    return max(found.least - back_s, back_s - found.most, 0.0)


table(
    {
        "design": title,
        "verdict, 1:1": FULL[title]["verdict"],
        f"verdict, 1:{SCALE}": verdicts(SCALED[title]),
        "back after, 1:1 (one run)": full_back(title),
        f"back after, 1:{SCALE}": back_after(SCALED[title]),
        "1:1 in this range": "yes" if off_s(title) == 0 else f"{minutes(off_s(title))} outside",
        "utilisation, 1:1": percent(FULL[title]["summary"]["server_utilisation"]),
        f"utilisation, 1:{SCALE}": percent(SCALED[title].summary["server_utilisation"]),
    }
    for title in BOTH
)

# %%
figure, panels = plt.subplots(1, 3, figsize=(10, 3.5), dpi=110, layout="constrained")
for axes, nodes in zip(panels, (2, 3, 5), strict=True):
    full, series = FULL[f"as it is, {nodes} nodes"], SCALED[f"as it is, {nodes} nodes"].series
    times, backlog = [t / 60 for t in full["t_s"]], [b / AGENTS for b in full["backlog"]]
    axes.plot(times, backlog, color="#AAAAAA", lw=6, label="1:1, 10,000 agents")
    axes.plot(
        series["t_s"] / 60,
        series["backlog"] * SCALE / AGENTS,
        color=BLUE,
        lw=1.5,
        label=f"1:{SCALE}, {AGENTS // SCALE} agents",
    )
    axes.set_title(f"as it is, {nodes} nodes", loc="left", fontsize=11, color=INK)
    axes.set_xlabel("simulated time (min)")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set(xlim=(0, max(*times, *(series["t_s"] / 60))), ylim=(0, None))
    axes.spines[["top", "right"]].set_visible(False)
panels[0].set_ylabel("events waiting per agent")
panels[0].legend(frameon=False, loc="upper left", fontsize=9)
plt.show()

# %%
same = [title for title in BOTH if {FULL[title]["verdict"]} == set(SCALED[title].verdicts)]
inside = [title for title in BOTH if off_s(title) == 0]
timed = [title for title in BOTH if FULL[title]["summary"]["recovery_s"] and SCALED[title].recovery.value]
gaps = {title: abs(FULL[title]["summary"]["recovery_s"] - SCALED[title].recovery.value) for title in timed}
widest = max(gaps, key=gaps.__getitem__)
Markdown(
    f"Model and full size have the same verdict in {len(same)} of {len(BOTH)} designs. In {len(inside)} of "
    f"{len(BOTH)} the full size agrees with the range of the model's runs. The largest difference from the "
    f"model's median is {minutes(gaps[widest])} ({widest}). The judge looks every {minutes(STEP_S)}. So a "
    f"plan that meets its target with less than a minute to spare needs the full size to confirm it."
)

# %% [markdown]
# ## 7. What if a figure is wrong?
#
# One cost is not settled. The catalogue's card takes 0.99 ms of CPU for a new TLS connection, measured on the
# server alone. A benchmark with client and server on the same cores gives 7.57 ms. The truth lies between
# ([face validity](../docs/face_validity.md)). It matters where every request opens a connection:

# %%
EXPENSIVE = "server.service.handshake=7.57ms"
REMEDIES = {"as it is": (), "cached key": (CACHED,), "cached key, kept connections": (CACHED, *KEPT)}
rows = []
for title, changes in REMEDIES.items():
    lower, upper = offered(site.but(*changes)), offered(site.but(*changes, EXPENSIVE))
    rows.append(
        {
            "design": title,
            "load at 0.99 ms": f"{lower:.2f} erlangs",
            "load at 7.57 ms": f"{upper:.2f} erlangs",
            "fewest nodes at 7.57 ms": int(upper / CORES) + 1,
        }
    )
table(rows)

# %% [markdown]
# With expensive connections an ordinary day alone takes five nodes, with or without a cached key. If agents
# keep their connections (for up to a minute without a request), the cost of a connection hardly matters. We
# put that design to the hardest test: four nodes of which one is out of service, expensive handshakes, and
# the cold start. The balancer has noticed long ago, so three nodes do the work. For comparison, the cached
# key alone on five working nodes:

# %%
TESTS = {
    "cached key, 5 nodes": model(5, CACHED, COLD, handshake="7.57ms"),
    "cached key, kept connections, 3 of 4 nodes": model(3, CACHED, *KEPT, COLD, handshake="7.57ms"),
}
tests = wt.compare(*TESTS.values(), titles=list(TESTS), replications=RUNS)
table(
    {"design, at 7.57 ms": title, **fared(result)}
    for title, result in zip(tests.titles, tests.results, strict=True)
)

# %%
slowest = tests.results[1].recovery.most
Markdown(
    "The slowest run of the second design "
    + ("is not back." if tests.results[1].recovery.value is None else f"is back after {minutes(slowest)}.")
    + f" The full size is back after {full_back('cached key, kept connections, 3 nodes, 7.57 ms')}."
)

# %% [markdown]
# Kept connections need room: sockets, file descriptors, memory. Three streams of each agent keep one
# connection each. At full size, the three nodes that are left hold at most:

# %%
most = tests.results[1].summary["connections_open_max"] * SCALE / 3
print(f"about {round(most, -2):,.0f} connections per node")

# %% [markdown]
# ## 8. What comes after the storm
#
# The runs so far end before the tokens expire that were granted in the storm. These tokens expire together,
# 15 minutes later, and the agents log in together once more: an *echo*. We run half an hour and look at
# everything that comes after the fleet was back:

# %%
LONG = "duration=30min"
AFTER = {
    "key rotation, as it is, 3 nodes": model(3, ROTATION, LONG),
    "cold start, as it is, 5 nodes": model(5, COLD, LONG),
    "cold start, logins limited, 4 nodes": model(4, LIMITED, COLD, LONG),
    "cold start, cached key, 2 nodes": model(2, CACHED, COLD, LONG),
    "cold start, cached key, kept connections, 3 nodes": model(3, CACHED, *KEPT, COLD, LONG),
    "the same, handshake at 7.57 ms": model(3, CACHED, *KEPT, COLD, LONG, handshake="7.57ms"),
}
after = wt.compare(*AFTER.values(), titles=list(AFTER), replications=RUNS)
WAVES = ("echo", "relapse", "later-wave")


def onsets(result: wt.Result, *kinds: str) -> str:
    """Return when the later waves of these kinds begin, from the first to the last of all runs."""
    found = [said for judgement in result.judgements for said in judgement.statements if said.kind in kinds]
    starts = sorted(said.figures["after_s"] / 60 for said in found)
    if not starts:
        return "none"
    span = (
        f"{starts[0]:.0f}"
        if round(starts[0]) == round(starts[-1])
        else f"{starts[0]:.0f} to {starts[-1]:.0f}"
    )
    return f"{span} min ({len(starts)} in {result.replications} runs)"


def highest(result: wt.Result) -> float:
    """Return the height of the highest later wave of all runs, as a share of the first peak."""
    found = [said for judgement in result.judgements for said in judgement.statements if said.kind == "over"]
    return max((said.figures["height"] for said in found), default=0.0)


table(
    {
        "storm and design": title,
        "verdict": verdicts(result),
        "echoes begin after": onsets(result, "echo"),
        "other waves begin after": onsets(result, "relapse", "later-wave"),
        "highest, of the first peak": percent(highest(result)),
    }
    for title, result in zip(after.titles, after.results, strict=True)
)

# %%
figure, axes = plt.subplots(figsize=(9, 4), dpi=110, layout="constrained")
DRAWN = {0: (INK, "-"), 1: (ORANGE, "-"), 2: (GREEN, "--"), 3: (BLUE, "-.")}
for index, (colour, style) in DRAWN.items():
    series = after.results[index].series
    waiting = series["backlog"] * SCALE / AGENTS
    axes.plot(series["t_s"] / 60, waiting, color=colour, ls=style, lw=1.5, label=after.titles[index])
axes.axvspan(15.5, 20.5, color="#EEEEEE", lw=0)
axes.text(18, 22, "tokens of the storm\nexpire", ha="center", va="center", color=INK)
axes.set(xlim=(0, 30), ylim=(0, None))
axes.set_xlabel("simulated time (min)")
axes.set_ylabel("events waiting per agent")
axes.legend(frameon=False, loc="upper right", fontsize=9)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
rotation, *cold = after.results
worse = sum(
    any(said.kind in WAVES for said in run.statements) for of in after.results for run in of.judgements
)
Markdown(
    f"{worse} of {RUNS * len(AFTER)} runs are worse again after the fleet was back. After a cold start no "
    f"later wave is higher than {percent(max(map(highest, cold)))} of the first peak, after the key rotation "
    f"none is higher than {percent(highest(rotation))}."
)

# %% [markdown]
# Most of the later waves are echoes. The others ("relapse": not caused by tokens) begin about 11 minutes
# after the storm and, with expensive handshakes, again after 22. An agent ends its poll after 11 minutes.
# Polls that began together end together, and each costs a new connection.
#
# ## 9. The decision
#
# All plans together, and what the runs at full size say of them:

# %%
TAKES = {
    "as it is": "money",
    "logins limited": "a line of configuration",
    "cached key": "a small change of the server",
    "cached key, kept connections": "that, and a change of the agent",
}
UNKNOWN = "not run; the load alone needs 5"
EXPENSIVE_NODES = {"cached key": 6, "cached key, kept connections": 4}
LOADS |= {"cached key, kept connections": (CACHED, *KEPT)}
bought = {plan["design"]: plan["nodes to buy"] for plan in plans} | {"cached key, kept connections": 4}
rows = []
for title, nodes in bought.items():
    tried = f"{title}, {nodes - 1} nodes" + (", 7.57 ms" if title not in DESIGNS else "")
    full = FULL[tried]["summary"] if tried in FULL else None
    met = full and full["recovery_s"] and full["recovery_s"] <= TARGET_STORM_S and not full["events_dropped"]
    rows.append(
        {
            "plan": title,
            "nodes to buy": nodes,
            "at 7.57 ms": EXPENSIVE_NODES.get(title, UNKNOWN),
            "busy on an ordinary day": percent(offered(site.but(*LOADS[title])) / (nodes * CORES)),
            "full size, cold start, one node away": f"back after {full_back(tried)}" if full else "not run",
            "target met": "yes" if met else "no" if full else "not known",
            "what it takes": TAKES[title],
        }
    )
table(rows)

# %% [markdown]
# The last plan was confirmed at the higher cost of a handshake, the others at the lower.
#
# **Cache the signing key, keep connections, and buy 4 nodes.** That meets the three targets with either cost
# of a handshake. On an ordinary day more than half of the cores are idle. The storm and the repair need them.
# Two things would change the decision:
#
# - *Measure the handshake* on a real node before you order. If it is near 1 ms, **3** nodes are enough, with
#   the key cached and nothing else changed.
# - *Until the new software is out*, limit the logins. That is a line of configuration.
#
# ## What this does not say
#
# - The costs are of one server, measured in development, on shared cores. They give the order of magnitude.
#   Put your own card in `server.card` and run this again.
# - The mix of the fleet and its event rates are partly assumed (`wavetank models show enterprise`). The day
#   is taken as even. Use `fleet.class.NAME.stateless.profile` for a busy hour.
# - Some things are not modelled: garbage collection and scheduling in a node, its disk and memory, the
#   indexer behind the server, shared links, packet loss. A server that keeps a worker busy for each held
#   poll, as the real one does, would not carry this fleet on an ordinary day: `wavetank check restart-storm
#   --set server.blocking=true`.
# - Each storm is eight runs at 1:25 and one at full size. Eight of eight in time still allows one late storm
#   in three (the 95 % interval starts at 68 %). `Result.shares` and `Result.recovery` have the intervals.
