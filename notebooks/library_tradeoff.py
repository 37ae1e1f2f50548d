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
# # What does a communication library cost a fleet?
#
# Agents and servers need a library to communicate: ZeroMQ, gRPC, Boost.Beast, plain sockets, or a Python
# server. The libraries' web pages do not say what the choice costs. This notebook takes their measured costs
# per request and computes what a fleet spends. Every figure has its range: the least and the greatest of the
# repetitions. An asterisk marks figures of third parties, where wavetank has no measurement of its own.

# %%
from collections.abc import Iterable

import matplotlib.pyplot as plt
from IPython.display import Markdown

import wavetank as wt

LARGE, SMALL = 100_000, 1_000
known = wt.libraries.list_libraries()
transports = [one for one in known if one.card.kind == "transport"]


def table(rows: Iterable[dict[str, object]]) -> Markdown:
    """Return a table with one line per row; the keys of the first row are the headings."""
    listed = [{name: str(value) for name, value in row.items()} for row in rows]
    lines = [listed[0].keys(), ["---"] * len(listed[0]), *(row.values() for row in listed)]
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def ranged(value: object, digits: int = 3) -> str:
    """Return a figure with its range, or "not measured"."""
    if value is None:
        return "not measured"
    low, mid, high = ("not over" if end is None else f"{end:.{digits}g}" for end in value)
    return mid if low == high else f"{mid} [{low}, {high}]"


# %% [markdown]
# ## 1. Does one library have everything?
#
# Every card answers **11** questions, each with a source. `wavetank libraries show ID` prints them.

# %%
headings = list(transports[0].card.cells)
print(f"{len(transports)} transports, {len(headings)} columns: {', '.join(headings)}")
counts = {one.card.name: sum(cell.answer == "yes" for cell in one.card.cells.values()) for one in transports}
fullest = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:6]
table({"library": name, "columns with yes": count} for name, count in fullest)

# %% [markdown]
# No library has every feature. Each choice gives something up, so the features have to be weighed.
#
# ## 2. One fleet, every library
#
# The fleet of `wazuh-50-jwt` (a new TLS connection per request, as the real product does), with the costs of
# each library in place of the server's own. Closed forms give what the fleet spends. Nothing is simulated
# yet.


# %%
def traded(agents: int, strategy: str) -> object:
    """Return the fleet with every library."""
    base = wt.load("wazuh-50-jwt", [f"fleet.agents={agents}", f"connection.strategy={strategy}"])
    return wt.libraries.compare(base, simulated=False)


new = traded(LARGE, "per-request")
table(
    {
        "agent + server": one.pairing.name + (" *" if one.pairing.third_party else ""),
        "server cores busy": ranged(one.library_cores),
        "agent CPU s/day": ranged(one.agent_cpu_s),
        "USD per agent and year": ranged(one.money),
    }
    for one in new.spent
    if one.money is not None
)

# %% [markdown]
# The same with kept connections: the handshakes are gone, and with them most of the difference. WebSocket and
# gRPC streams keep their connection in both fleets, so they are the only ones with the same figures.

# %%
kept = traded(LARGE, "keep-alive")
shown = [one for one in kept.spent if one.money is not None][:10]
table(
    {
        "agent + server": one.pairing.name + (" *" if one.pairing.third_party else ""),
        "server cores busy": ranged(one.library_cores),
        "memory, GB": ranged([end / 1e9 for end in one.memory_bytes]),
        "USD per agent and year": ranged(one.money),
    }
    for one in shown
)

# %%
pairs = {
    one.pairing.name: (one, other)
    for one in new.spent
    for other in kept.spent
    if one.pairing.name == other.pairing.name and one.library_cores and one.pairing.shared
}
pairs = dict(sorted(pairs.items(), key=lambda pair: pair[1][0].library_cores[1]))
figure, axes = plt.subplots(figsize=(9, 0.35 * len(pairs) + 1.2), dpi=110, layout="constrained")
LOOKS = (("#D55E00", "o", -0.12, "new connection per request"), ("#0072B2", "s", 0.12, "kept connections"))
for row, ends in enumerate(pairs.values()):
    for spent, (colour, marker, shift, label) in zip(ends, LOOKS, strict=True):
        low, mid, high = spent.library_cores
        axes.plot([low, high], [row + shift] * 2, color=colour, lw=1.5)
        axes.plot([mid], [row + shift], marker, color=colour, ms=5, label=None if row else label)
axes.set_yticks(range(len(pairs)), list(pairs))
axes.invert_yaxis()
axes.set_xlim(0, None)
axes.set_xlabel(f"server cores kept busy by the library, {LARGE:,} agents")
axes.grid(axis="x", color="#E6E6E6", lw=0.8)
axes.set_axisbelow(True)
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False, loc="upper right")
plt.show()

# %% [markdown]
# ## 3. Where the ranking changes
#
# Bisection over the closed forms finds where another library becomes the cheapest. "Clear" means that it is
# the cheapest whatever the uncertainty of the figures.

# %%
table(
    {
        "question": flip.title,
        "cheapest": part.name,
        "from": f"{part.low:.3g} {flip.unit}",
        "to": f"{part.high:.3g} {flip.unit}",
        "clear": "yes" if part.clear else "no",
    }
    for flip in kept.flips
    for part in flip.regions
)

# %% [markdown]
# ## 4. Does the fleet notice?
#
# Now a smaller fleet is simulated, with all figures at the low end of their range, in the middle and at the
# high end.

# %%
base = wt.load("wazuh-50-jwt", ["fleet.agents=60", "duration=5min"])
small = wt.libraries.compare(base, ["asio", "zeromq", "grpc"])
table(
    {
        "agent + server": name,
        "verdict": fared.verdict,
        "server utilisation, %": ranged([100 * end for end in fared.metrics["server_utilisation"]]),
        "event latency p99, s": ranged(fared.metrics["event_latency_p99_s"]),
    }
    for name, fared in small.fared.items()
)

# %% [markdown]
# ## 5. Weighing
#
# A sum of scores depends on its weights. The table shows the weights and how far each may go before another
# library wins. You can change the weights in `reports/libraries.html`.

# %%
for agents, strategy in ((SMALL, "per-request"), (LARGE, "per-request")):
    found = traded(agents, strategy)
    best = ", ".join(f"{name} {score.mid:.2f}" for name, score in found.ranking[:3])
    print(f"{agents:,} agents: {best}")
print("weights:", ", ".join(f"{one.name} {one.weight:g}" for one in found.matrix.criteria))

# %%
table(
    {
        "criterion": one.criterion,
        "weight": f"{one.weight:g}",
        "from": f"{one.low:.3g}",
        "below it wins": one.below or "no other",
        "to": f"{one.high:.3g}",
        "above it wins": one.above or "no other",
    }
    for one in found.reaches
)

# %% [markdown]
# ## What no figure here contains

# %%
Markdown("\n".join(f"- {line}" for line in new.to_json()["not_compared"]))
