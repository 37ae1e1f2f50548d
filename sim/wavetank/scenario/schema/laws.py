"""Laws of durations and of sizes: `{ law = "exponential", mean = "2ms" }`, or plainly "2ms"."""

from typing import Annotated, Any, Self

from pydantic import model_validator

from wavetank import units
from wavetank.policy.registry import LAWS
from wavetank.scenario.schema.base import Table, key, required
from wavetank.scenario.schema.leaf import (
    Duration,
    Misfit,
    PositiveDuration,
    PositiveSize,
    ShortForm,
    Size,
    choice,
    number,
    shown,
    text,
    whole,
)

LAW_WORDS = tuple(word for word in LAWS if word != "none")

# keys that a law needs, beside those of no other law
NEEDS: dict[str, tuple[str, ...]] = {
    "deterministic": ("mean",),
    "exponential": ("mean",),
    "erlang": ("mean", "k"),
    "lognormal": ("mean", "cv"),
    "hyperexponential": ("mean", "cv"),
    "uniform": ("low", "high"),
    "empirical": ("file", "column"),
}
# keys that a law may have as well
TAKES: dict[str, tuple[str, ...]] = {"empirical": ("unit",)}


class _Law(Table):
    law: Annotated[str, choice(LAW_WORDS)] = required("Which law.")
    k: Annotated[int, whole(1, 1000)] = key(0, "erlang: number of phases.")
    cv: Annotated[float, number(0, 100)] = key(
        0.0, "lognormal, hyperexponential: coefficient of variation (hyperexponential: at least 1)."
    )
    file: Annotated[str, text("a file name")] = key(
        "", "empirical: a CSV file with a header, looked up from the scenario's folder."
    )
    column: Annotated[str, text("a column's name")] = key(
        "", "empirical: the column whose values are equally likely, each with its unit unless `unit` says it."
    )

    @model_validator(mode="after")
    def _keys_of_the_law(self) -> Self:
        given = self.model_fields_set - {"law"}
        needs = NEEDS[self.law]
        for name in needs:
            if name not in given:
                raise Misfit(f"the {self.law} law needs {name}; give {', '.join(needs)}")
        takes = (*needs, *TAKES.get(self.law, ()))
        for name in sorted(given - set(takes)):
            raise Misfit(f"the {self.law} law has no {name}; it takes {', '.join(takes)}", name)
        if self.law == "hyperexponential" and self.cv < 1:
            raise Misfit(f"{self.cv:g} is too little; a hyperexponential law has a cv of at least 1", "cv")
        return self


class TimeLaw(_Law):
    """A law of durations."""

    mean: Duration = key(0, "deterministic (the value), exponential, erlang, lognormal, ...: mean.")
    low: Duration = key(0, "uniform: the least.")
    high: PositiveDuration = key(0, "uniform: the most.")
    unit: Annotated[str, choice(units.DURATION_UNITS)] = key(
        "", "empirical: the unit of values that are bare numbers."
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check_mean(self)
        _check_order(self)
        return self


class SizeLaw(_Law):
    """A law of sizes."""

    mean: PositiveSize = key(0, "deterministic (the value), exponential, erlang, lognormal, ...: mean.")
    low: Size = key(0, "uniform: the least.")
    high: PositiveSize = key(0, "uniform: the most.")
    unit: Annotated[str, choice(units.SIZE_UNITS)] = key(
        "", "empirical: the unit of values that are bare numbers."
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check_order(self)
        return self


def _check_mean(law: "TimeLaw") -> None:
    """Only a fixed time may be nought: that overrides a cost of a card, or thinks no time at all."""
    if "mean" in NEEDS[law.law] and law.law != "deterministic" and not law.mean:
        raise Misfit(f"the mean of the {law.law} law is zero; write more than zero", "mean")


def _check_order(law: TimeLaw | SizeLaw) -> None:
    if law.law == "uniform" and law.low > law.high:
        raise Misfit("high is below low; exchange them", "high")


def _short(kind: str, example: str, known_units: Any, zero: bool = False) -> ShortForm:
    def expand(value: object) -> object:
        if isinstance(value, str) or (value == 0 and zero and not isinstance(value, bool)):
            return {"law": "deterministic", "mean": value}
        if isinstance(value, dict | _Law):
            return value
        right = f'write "{example}" or {{ law = "exponential", mean = "{example}" }}'
        problem = (
            "has no unit" if isinstance(value, int | float) and not isinstance(value, bool) else "is no law"
        )
        raise Misfit(f"{shown(value)} {problem}; {right}")

    schema: dict[str, Any] = {"type": "string", "pattern": units.pattern(known_units), "examples": [example]}
    if zero:
        schema = {"anyOf": [schema, {"const": 0}]}
    return ShortForm(expand, schema, f"law of {kind}s", f"a {kind}, or a table with law")


Time = Annotated[TimeLaw, _short("duration", "2ms", units.DURATION_UNITS, zero=True)]
Bytes = Annotated[SizeLaw, _short("size", "400B", units.SIZE_UNITS)]
