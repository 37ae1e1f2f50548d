"""Write a first decision with comments: the work of `wavetank review init`.

The template is a complete decision that runs as it is, so a newcomer sees verdicts before changing
anything. An existing file is never overwritten. The file's name becomes the id, so it has to be a valid id.
"""

import datetime
from pathlib import Path

from wavetank.results.store import ResultError
from wavetank.scenario.schema.leaf import Misfit
from wavetank.studies.reviewing.schema import DecisionFile

TEXT = '''\
# A decision whose reasons are run: wavetank review {file}
format = 1
id = "{id}"
title = "How a login is paid for"
status = "proposed"          # proposed, accepted, rejected, deprecated, superseded
date = {today}
decided_by = ["server team lead"]
# review_by = {later}     # from this day on, the review warns
chosen = "cached"            # only the chosen option of an accepted decision sets the exit status
context = """
Each login signs a token. To parse the signing key at each login costs more than all the rest of it.
"""
drivers = ["After a restart the site is back within a minute"]

[base]                       # what all options share: a name of the catalogue or a path, and changes to it
scenario = "wazuh-60"
set = ["fleet.agents=400", "server.cores=1", "duration=4min"]

[option.parsed]
title = "The key is parsed at each login"
[option.cached]
title = "The key is kept in memory"
set = ["auth.key=cached"]

[situation.restart]
title = "All agents begin anew at one moment"
set = ["fault=[{{kind='cold-start',at='1min'}}]"]

[defaults]
probability = 0.8            # a claim must hold in this share of the runs ...
confidence = 0.95            # ... and its decision is right with this much confidence
seeds = {{ min = 5, max = 30 }}

[[claim]]
id = "restart"
text = "After a restart the fleet is back within {{max}}"     # the number is written once, below
situation = "restart"
metric = "recovery"          # a word of [slo] (docs/scenario.md) or a name of docs/metrics.md
max = "1min"                 # or min, or than = "OPTION" with factor

[[claim]]
id = "token-life"
text = "A withdrawn agent is refused within {{max}}"
fact = "auth.ttl"            # read from the scenario, not simulated
max = "15min"

[consequences]
good = ["Nobody has to start agents by hand"]
bad = ["The key is in the server's memory: a memory dump reveals it"]

[[flip]]                     # what would change our mind: the claim again with other values of a key
claim = "restart"
option = "cached"
key = "fleet.agents"
values = [800, 1200]

[sources]
"option.parsed" = "assumed: what the server does today"
'''
DAYS = 182
"""Half a year until the decision is looked at again."""


def template(file: Path, today: datetime.date) -> str:
    """Return the text of a first decision."""
    later = today + datetime.timedelta(days=DAYS)
    return TEXT.format(file=file, id=file.stem, today=today.isoformat(), later=later.isoformat())


def write_template(file: Path) -> None:
    """Write a first decision. Raises ResultError where the file is there, or its name is no id."""
    try:
        _check_name(file.stem)
        if file.suffix != ".toml":
            raise Misfit("a decision is a .toml file")
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as stream:
            stream.write(template(file, datetime.date.today()))
    except Misfit as misfit:
        raise ResultError(f"{file}: {misfit}") from None
    except FileExistsError:
        raise ResultError(f"{file}: there is something already; name another file") from None
    except OSError as error:
        raise ResultError(f"{file}: cannot be written: {error.strerror or error}") from error


def _check_name(stem: str) -> None:
    leaf = DecisionFile.model_fields["id"].metadata[0]
    leaf.check(stem)
