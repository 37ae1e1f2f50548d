"""List what was not measured."""

from collections.abc import Iterator, Sequence

from wavetank.libraries.catalogue import Library
from wavetank.libraries.tradeoff import NOT_COMPARED, Tradeoff


def gaps(libraries: Sequence[Library], traded: Tradeoff) -> Iterator[str]:
    """Libraries without a measurement, figures that are missing, and what no figure here says."""
    for library in libraries:
        if library.card.probe == "measured" and library.measurement is None:
            instead = "; third-party figures stand in" if library.card.third_party else ""
            yield f"{library.card.name}: not measured{instead}"
        if library.measurement is not None:
            yield from (f"{library.card.name}: {gap}" for gap in library.measurement.skipped)
    for spent in traded.spent:
        if spent.missing and spent.pairing.agent is not None and spent.pairing.server is not None:
            yield f"{spent.pairing.name}: {', '.join(spent.missing)}"
    yield from (f"{line[:1].upper()}{line[1:]}" for line in NOT_COMPARED)
