"""The page that says which engine honours which feature."""

from wavetank.engines.features import FEATURES
from wavetank.engines.registry import ENGINES, Engine

_HEAD = """# Engines

Which engine honours what, written from the code by `make docs`. `equal`: the same figures as `reference`,
every request to the nanosecond (`wavetank agree SCENARIO --requests`; `tests/agree` holds it). `refused`: a
scenario with it is answered by another engine, or not at all, in a message that names the key. What is not
listed is honoured by all. `measured`: the real thing answers, and no two of its runs are equal.
"""


def honoured(engine: Engine, feature: str) -> bool:
    """Whether an engine answers scenarios with that feature."""
    return "*" in engine.honours or feature in engine.honours


def _cell(engine: Engine, feature: str) -> str:
    if not honoured(engine, feature):
        return "refused"
    return "measured" if engine.real else "equal"


def engines_markdown(engines: tuple[Engine, ...] = ENGINES) -> str:
    """The page docs/engines.md."""
    lines = [_HEAD]
    lines += [f"- `{engine.name}`: {engine.meaning}" for engine in engines]
    names = " | ".join(f"`{engine.name}`" for engine in engines)
    lines += ["", f"| feature | {names} |", "|---" * (len(engines) + 1) + "|"]
    for feature in FEATURES:
        cells = (_cell(engine, feature) for engine in engines)
        lines.append(f"| `{feature}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
