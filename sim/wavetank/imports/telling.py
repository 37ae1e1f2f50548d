"""The findings of an import, in sentences for people."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from wavetank.imports import texts
from wavetank.imports.classes import ClientClass
from wavetank.imports.findings import Arrivals, Findings
from wavetank.imports.fitting import FEWEST, LEVEL, Fit, Fitted
from wavetank.studies.formatting import duration

PROCESSES = {
    "poisson": "The arrivals are as random as a Poisson process",
    "bursty": "The arrivals are burstier than a Poisson process",
    "regular": "The arrivals are more regular than a Poisson process",
    "unknown": "There are too few arrivals to judge their process",
}


def sentences(findings: Findings) -> Iterator[str]:
    """Say what was read, what came out, and what does not go into the scenario."""
    for source in findings.sources:
        yield f"{source.file}: {source.format}."
    if findings.rows:
        yield f"{findings.rows:,} {'row' if findings.rows == 1 else 'rows'} read."
    yield from (f"{reason}." for reason in findings.dropped)
    if findings.arrivals is not None:
        yield from _arrivals(findings.arrivals)
    named = (("Durations", findings.service, "durations"), ("Request bytes", findings.up, "sizes"))
    for title, fitted, kind in named:
        if fitted is not None:
            yield f"{title}: {fitted_text(fitted, kind)}"
    if findings.down is not None:
        yield f"Response bytes: {texts.size_text(findings.down.mean)} on average."


def limits(findings: Findings) -> Iterator[str]:
    """Say what the scenario cannot hold, and what was chosen."""
    yield from findings.notes
    if findings.keys and findings.arrivals is None:
        yield "a configuration does not say how much agents send; add [[fleet.class]] with rates."
    if findings.arrivals is not None:
        process = findings.arrivals.judgement.process
        if process == "bursty":
            yield (
                'arrivals are burstier than process = "poisson" plays them; there is no key for bursts or '
                "replay yet, so queues come out shorter than in the log."
            )
        if findings.arrivals.profile.daily:
            yield "the log covers several days; the profile is the average day, from midnight UTC."
        if len(findings.arrivals.classes) and max(kind.dispersion for kind in findings.arrivals.classes) > 2:
            yield "clients of one class still differ by more than chance; each sends the mean of its class."
        if findings.service is None:
            yield "the files hold no durations, so a request costs the server nothing."
    if findings.service is not None and findings.service.mean <= 0:
        yield "all durations are zero at the precision of the log, so a request costs the server nothing."
    if findings.service is not None and findings.arrivals is None:
        yield "this scenario has costs but no traffic; add [[fleet.class]] with a rate to run it."
    if findings.service is not None and findings.arrivals is not None:
        yield "durations of a log hold waiting and sending as well as work: an upper bound of the cost."


def fitted_text(fitted: Fitted, kind: str) -> str:
    """Say which law a quantity follows, and how the others fared."""
    mean = texts.duration_text(fitted.mean) if kind == "durations" else texts.size_text(fitted.mean)
    if fitted.constant:
        return f"always {mean}."
    if not fitted.candidates:
        return f"{mean} on average; fewer than {FEWEST} values, too few to name a law: taken as they are."
    best = fitted.best
    if best is not None and best.law.known:
        return f"{fit_text(best, kind)} fits (p = {best.p:.2g})."
    likeliest = fitted.candidates[0]
    if best is not None:
        return (
            f"{fit_text(best, kind)} fits (p = {best.p:.2g}), a law that scenarios do not have yet; "
            "the values themselves are taken (empirical)."
        )
    told = "<0.0001" if likeliest.p < 1e-4 else f"= {likeliest.p:.2g}"
    return (
        f"{mean} on average; no law fits at {100 * LEVEL:g} % (the likeliest is {likeliest.law.name}, "
        f"p {told}); the values themselves are taken (empirical)."
    )


def fit_text(fit: Fit, kind: str) -> str:
    """Name a law with its parameters and their 95 % half-widths."""
    parts = []
    for name, value, error in zip(
        fit.law.parameters, fit.parameters.tolist(), fit.errors.tolist(), strict=True
    ):
        plain = name in ("cv", "k")
        text = f"{value:.4g}" if plain else _quantity(value, kind)
        if np.isfinite(error):
            half = 1.96 * error
            text += f" ± {half:.2g}" if plain else f" ± {_quantity(half, kind, 2)}"
        parts.append(f"{name} {text}")
    return f"{fit.law.name} ({', '.join(parts)})"


def _arrivals(arrivals: Arrivals) -> Iterator[str]:
    profile = arrivals.profile
    start = datetime.fromtimestamp(arrivals.first_s, UTC)
    since = f" from {start:%Y-%m-%d %H:%M:%S} UTC" if arrivals.first_s > 86400 else ""
    folded = ", folded into one average day" if profile.daily else f" in {duration(profile.length_s)}"
    yield (
        f"{arrivals.total:,} arrivals{since}{folded}: {texts.rate_text(profile.mean_per_s)} on average, "
        f"{_pieces(arrivals)}."
    )
    yield f"{PROCESSES[arrivals.judgement.process]}{_scales(arrivals)}."
    if arrivals.classes:
        told = "; ".join(f"{kind.clients:,} with {_each(kind)} requests each" for kind in arrivals.classes)
        yield f"{sum(kind.clients for kind in arrivals.classes):,} clients: {told}."


def _scales(arrivals: Arrivals) -> str:
    """The least and the greatest dispersion, each with its bins; Poisson's is 1."""
    scales = arrivals.judgement.scales
    if not scales:
        return ""
    least, most = (f(scales, key=lambda scale: scale.dispersion) for f in (min, max))
    return (
        f": the dispersion of counts (Poisson: 1) is {least.dispersion:.2f} in bins of "
        f"{duration(least.width_s)} to {most.dispersion:.2f} in bins of {duration(most.width_s)}"
    )


def _each(kind: ClientClass) -> str:
    mean = kind.requests / kind.clients
    return f"{mean:,.0f}" if mean >= 100 else f"{mean:.3g}"


def _pieces(arrivals: Arrivals) -> str:
    rates = [piece.rate_per_s for piece in arrivals.profile.pieces]
    if len(rates) == 1:
        return "and no change of the rate is seen"
    return f"in {len(rates)} pieces from {texts.rate_text(min(rates))} to {texts.rate_text(max(rates))}"


def _quantity(value: float, kind: str, digits: int = 4) -> str:
    return texts.duration_text(value, digits) if kind == "durations" else f"{value:.{digits}g} B"
