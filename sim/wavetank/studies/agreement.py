"""The outcome of comparing engines: metrics, counts and requests, equal or not.

It is a value that can be shown and saved. Nothing is rounded before the comparison: two engines are equal
or they differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from wavetank.results.summary import summarise
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved
from wavetank.studies.divergence import Divergence, Unequal, equal_requests
from wavetank.studies.flatten import flattened

if TYPE_CHECKING:
    from wavetank.results.requests import Requests


class Ran(NamedTuple):
    """The outcome of one engine's run: a tally, or why there is none."""

    engine: str
    tally: Tally | None
    failure: str


class Difference(NamedTuple):
    """A metric or a count that differs, and what each engine has (in their order)."""

    what: str
    values: tuple[str, ...]


class Part(NamedTuple):
    """How far one kind of figure agrees: `equal` of `total`, and what differs."""

    equal: int
    total: int
    differing: tuple[Difference, ...]


@dataclass(frozen=True)
class Agreement:
    """How far engines agree on a scenario.

    `counts` and `requests` are None where only metrics were compared. `failures` are engines that came to
    no answer where another did. Where they differ, `shrunk` is a small scenario (TOML) in which two of them
    still do, `divergence` the first message that differs in it (None: no message does) and
    `divergence_of` those two engines.
    """

    scenario: str
    seed: int
    engines: tuple[str, ...]
    metrics: Part
    counts: Part | None
    requests: Part | None
    failures: tuple[Difference, ...]
    shrunk: str = ""
    divergence: Divergence | None = None
    divergence_of: tuple[str, str] | None = None

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        parts = [part for part in (self.metrics, self.counts, self.requests) if part is not None]
        return not self.failures and all(not part.differing for part in parts)

    def to_json(self) -> dict[str, Any]:
        """Plain values, for `--json`."""
        plain: dict[str, Any] = {
            "scenario": self.scenario,
            "seed": self.seed,
            "engines": list(self.engines),
            "equal": self.equal,
        }
        for name in ("metrics", "counts", "requests"):
            part: Part | None = getattr(self, name)
            if part is not None:
                differing = {difference.what: list(difference.values) for difference in part.differing}
                plain[name] = {"equal": part.equal, "total": part.total, "differing": differing}
        plain["failures"] = {failure.what: list(failure.values) for failure in self.failures}
        plain["shrunk"] = self.shrunk
        if self.divergence is not None:
            parting = self.divergence
            plain["divergence"] = {
                "at_ns": parting.at_ns,
                "message": parting.message,
                "told": list(parting.told),
            }
        return plain


# ---- comparing -------------------------------------------------------------------------------


def compared(resolved: Resolved, runs: Sequence[Ran], requests: bool) -> Agreement:
    """How far the tallies of some engines agree."""
    names = tuple(ran.engine for ran in runs)
    tallies = [ran.tally for ran in runs if ran.tally is not None]
    failures: tuple[Difference, ...] = ()
    if len(tallies) < len(runs):
        failures = (Difference("came to an end", tuple(ran.failure or "yes" for ran in runs)),)
        tallies = []
    metrics = [{k: _plain(v) for k, v in summarise(resolved, tally).items()} for tally in tallies]
    return Agreement(
        scenario=resolved.name,
        seed=resolved.seed,
        engines=names,
        metrics=_part(metrics),
        counts=_part([flattened(tally) for tally in tallies]) if requests else None,
        requests=_requests_part(tallies) if requests else None,
        failures=failures,
    )


def _plain(value: object) -> object:
    """A metric as it is compared: every digit, and not-a-number as equal to itself."""
    return repr(value)


def _part(figures: Sequence[dict[str, Any]]) -> Part:
    names = list(dict.fromkeys(name for row in figures for name in row))
    differing = []
    for name in names:
        values = [row.get(name) for row in figures]
        if any(value != values[0] for value in values):
            said = tuple("not there" if value is None else str(value) for value in values)
            differing.append(Difference(name, said))
    return Part(len(names) - len(differing), len(names), tuple(differing))


def _requests_part(tallies: Sequence[Tally]) -> Part:
    """Every engine's log against the first one's; of what differs, the first request."""
    if not tallies:
        return Part(0, 0, ())
    first, *others = [_logged(tally) for tally in tallies]
    equal, total, differing = len(first), len(first), []
    for place, rows in enumerate(others, start=1):
        same, unequal = equal_requests(first, rows)
        equal, total = min(equal, same), max(total, len(rows))
        if unequal is not None:
            differing.append(_told_by(unequal, place, len(tallies)))
    return Part(equal, total, tuple(differing))


def _told_by(unequal: Unequal, place: int, engines: int) -> Difference:
    said = [""] * engines
    said[0], said[place] = unequal.told
    return Difference(unequal.request, tuple(said))


def _logged(tally: Tally) -> "Requests":
    assert tally.requests is not None, "an engine has not logged its requests"
    return tally.requests


def same(first: Tally, other: Tally) -> bool:
    """Whether two tallies hold the same integers, trace and, where both were asked for it, requests."""
    if first != other:
        return False
    if first.requests is None or other.requests is None:
        return True
    return equal_requests(first.requests, other.requests)[1] is None
