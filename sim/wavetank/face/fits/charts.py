"""The charts of an import: what was read, next to what the scenario plays."""

from collections.abc import Iterator

import numpy as np

from wavetank.face.palette import COLOURS, INK
from wavetank.face.report.vega import Chart, Spec, Style, chart, line_styles
from wavetank.imports.empirical import sample
from wavetank.imports.findings import Arrivals, Findings
from wavetank.imports.fitting import Fit, Fitted
from wavetank.imports.laws import quantiles
from wavetank.imports.telling import fitted_text
from wavetank.imports.texts import rate_text

Points = list[dict[str, float | str]]

DATA, MODEL = Style("data", COLOURS[0], []), Style("model", COLOURS[1], [6, 3])
STEPS = 200  # points of a line: more are finer than a pixel
HEIGHT_PX = 260  # tall enough to see a line leave the other


def charts_of(findings: Findings) -> Iterator[Chart]:
    """Yield the charts that these findings give."""
    if findings.arrivals is not None:
        if len(findings.arrivals.rates.per_s):
            yield rates(findings.arrivals)
        if findings.arrivals.judgement.scales:
            yield dispersion(findings.arrivals)
    for title, fitted, kind in quantities(findings):
        if fitted is not None and not fitted.constant:
            yield distribution(title, fitted, kind)
            yield from qq(title, fitted, kind)


def quantities(findings: Findings) -> tuple[tuple[str, Fitted | None, str], ...]:
    """Return what laws were fitted to: a title, the fit, and its kind."""
    return (("Durations", findings.service, "durations"), ("Request bytes", findings.up, "sizes"))


def rates(arrivals: Arrivals) -> Chart:
    """The rate over time, and the pieces of the profile."""
    profile = arrivals.profile
    points: Points = [
        {"t": (index + 0.5) * arrivals.rates.width_s, "y": float(rate), "line": "data"}
        for index, rate in enumerate(arrivals.rates.per_s)
    ]
    ends = [piece.start_s for piece in profile.pieces[1:]] + [profile.length_s]
    for piece, end in zip(profile.pieces, ends, strict=True):
        points += [{"t": at, "y": piece.rate_per_s, "line": "model"} for at in (piece.start_s, end)]
    pieces = len(profile.pieces)
    told = "no change of the rate is seen" if pieces == 1 else f"the rate is constant in {pieces} pieces"
    caption = f"{rate_text(profile.mean_per_s)} on average; {told}."
    spec = _lines(points, _axis("t", "time (s)"), _axis("y", "arrivals a second", zero=True))
    return Chart("rates", "Rate over time", caption, spec)


def dispersion(arrivals: Arrivals) -> Chart:
    """Variance over mean of the counts, by the width of the bins; Poisson's is 1."""
    scales = arrivals.judgement.scales
    points: Points = [{"t": scale.width_s, "y": scale.dispersion, "line": "data"} for scale in scales]
    ends = (scales[0].width_s, scales[-1].width_s)
    points += [{"t": end, "y": 1.0, "line": "model"} for end in ends]
    words = {
        "poisson": "The arrivals are as random as a Poisson process (1)",
        "bursty": "The arrivals are burstier than a Poisson process (1)",
        "regular": "The arrivals are more regular than a Poisson process (1)",
    }
    x = _axis("t", "width of the bins (s)", log=True)
    spec = _lines(points, x, _axis("y", "variance over mean of counts", zero=True))
    return Chart("dispersion", "Dispersion over scales", f"{words[arrivals.judgement.process]}.", spec)


def distribution(title: str, fitted: Fitted, kind: str) -> Chart:
    """The distribution function of the data, and that of the law."""
    values = sample(fitted)
    shares = (np.arange(STEPS) + 0.5) / STEPS
    drawn = np.quantile(values, shares)
    low = max(float(drawn[0]), 1e-3 * float(np.median(values)), 1e-9)
    points: Points = [
        {"t": max(float(value), low), "y": float(100 * share), "line": "data"}
        for value, share in zip(drawn, shares, strict=True)
    ]
    fit = _shown(fitted)
    if fit is not None:
        grid = np.geomspace(low, max(float(drawn[-1]), 2 * low), STEPS)
        points += [
            {"t": float(at), "y": float(100 * share), "line": "model"}
            for at, share in zip(grid, fit.law.cdf(grid, fit.parameters), strict=True)
        ]
    unit = "s" if kind == "durations" else "bytes"
    x = _axis("t", f"{title.lower()} ({unit})", log=True)
    spec = _lines(points, x, _axis("y", "share at or below (%)", zero=True))
    return Chart(f"{kind}-distribution", f"{title}: distribution", _caption(fitted, kind), spec)


def qq(title: str, fitted: Fitted, kind: str) -> Iterator[Chart]:
    """Quantiles of the data over those of the law: on the line where both are alike."""
    fit = _shown(fitted)
    if fit is None:
        return
    values = sample(fitted)
    shares = (np.arange(STEPS) + 0.5) / STEPS
    model = quantiles(fit.law, fit.parameters, shares, float(values[-1]))
    data = np.quantile(values, shares)
    points: Points = [
        {"t": float(x), "y": float(y), "line": "data"}
        for x, y in zip(model, data, strict=True)
        if x > 0 and y > 0
    ]
    ends = (max(float(model[0]), 1e-12), float(model[-1]))
    points += [{"t": end, "y": end, "line": "model"} for end in ends]
    unit = "s" if kind == "durations" else "bytes"
    x = _axis("t", f"quantile of the law ({unit})", log=True)
    spec = _lines(points, x, _axis("y", f"of the data ({unit})", log=True))
    upper = float(data[-1] / model[-1])
    caption = f"At the upper end the data are {upper:.2f} times the {fit.law.name} law."
    yield Chart(f"{kind}-qq", f"{title}: quantiles of data and law", caption, spec)


def _shown(fitted: Fitted) -> Fit | None:
    """The law to draw: the one that fits, else the likeliest, so that one sees where it does not."""
    return fitted.best or next(iter(fitted.candidates), None)


def _caption(fitted: Fitted, kind: str) -> str:
    text = fitted_text(fitted, kind)
    return text[0].upper() + text[1:]


def _axis(field: str, title: str, zero: bool = False, log: bool = False) -> Spec:
    scale: Spec = {"type": "log", "nice": False} if log else {"zero": zero, "nice": zero}
    return {
        "field": field,
        "type": "quantitative",
        "scale": scale,
        "axis": {"title": title, "titleColor": INK},
    }


def _lines(points: Points, x: Spec, y: Spec) -> Spec:
    layer = {
        "data": {"values": points},
        "mark": {"type": "line", "strokeWidth": 1.8, "interpolate": "linear"},
        "encoding": {"x": x, "y": y, "order": {"field": "t"}, **line_styles((DATA, MODEL))},
    }
    return chart([layer], HEIGHT_PX)
