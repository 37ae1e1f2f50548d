"""A small decision on the small storm, and how to write it with changes."""

from pathlib import Path

from tests.unit.studies.cases import STORM

DECISION = """
format = 1
id = "small"
title = "How many cores"
status = "accepted"
date = 2026-11-30
chosen = "two"
context = "Whether one core carries a restart."
[base]
scenario = "storm.toml"
set = ["duration=70s", "auth.ttl=30s", "fleet.agents=10"]
[option.one]
title = "One core"
set = ["server.cores=1"]
[option.two]
title = "Two cores"
[situation.calm]
title = "A calm day"
set = ["fault=[]"]
[situation.restart]
title = "The server restarts"
[defaults]
probability = 0.5
seeds = { min = 2, max = 8 }
[[claim]]
id = "back"
text = "Back within {max}"
situation = "restart"
metric = "recovery"
max = "20s"
[[claim]]
id = "busy"
text = "At most {max} busy"
situation = "calm"
metric = "server_utilisation"
max = "2%"
[[claim]]
id = "ratio"
text = "One core is {factor} times as busy"
situation = "calm"
metric = "server_utilisation"
than = "two"
factor = 1.5
[[claim]]
id = "ttl"
text = "Refused within {max}"
fact = "auth.ttl"
max = "1min"
[[flip]]
claim = "back"
option = "two"
key = "fault.0.down"
values = ["2s", "12s"]
"""


def written(folder: Path, *changes: tuple[str, str], name: str = "small") -> Path:
    """Write the decision and its scenario with pieces of text replaced, and return the decision's file."""
    text = DECISION
    for before, after in changes:
        assert text.count(before) >= 1, before
        text = text.replace(before, after, 1)
    (folder / "storm.toml").write_text(STORM)
    file = folder / "decisions" / f"{name}.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text.replace('scenario = "storm.toml"', 'scenario = "../storm.toml"'))
    return file
