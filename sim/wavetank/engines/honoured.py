"""The page that says which engine honours which feature."""

from wavetank.engines.features import FEATURES
from wavetank.engines.registry import ENGINES, Engine

_HEAD = """# Engines

Which engine supports which feature. `make docs` writes this table from the code. All engines support the
features that are not listed.

- `equal`: the same figures as `reference`, for every request to the nanosecond. `tests/agree` holds this for
  many scenarios, and `wavetank agree SCENARIO --requests` for yours.
- `refused`: this engine does not support the key. wavetank takes another engine, or stops with a message that
  names the key.
- `measured`: the figures come from a real server and real agents, so no two runs are equal.

The engines:
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
