"""What was not measured, as a list."""

from collections.abc import Iterator, Sequence

from wavetank.libraries.catalogue import Library
from wavetank.libraries.tradeoff import NOT_COMPARED, Tradeoff


def gaps(libraries: Sequence[Library], found: Tradeoff) -> Iterator[str]:
    """Libraries without a measurement, figures that are missing, and what no figure here says."""
    for one in libraries:
        if one.card.probe == "measured" and one.measurement is None:
            instead = "; third-party figures stand in" if one.card.third_party else ""
            yield f"{one.card.name}: not measured{instead}"
        if one.measurement is not None:
            yield from (f"{one.card.name}: {what}" for what in one.measurement.skipped)
    for spent in found.spent:
        if spent.missing and spent.pairing.agent is not None and spent.pairing.server is not None:
            yield f"{spent.pairing.name}: {', '.join(spent.missing)}"
    yield from (f"{line[:1].upper()}{line[1:]}" for line in NOT_COMPARED)
