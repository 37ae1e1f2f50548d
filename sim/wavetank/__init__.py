"""wavetank simulates how a fleet of endpoint agents and its servers behave in a storm.

These names and no more are public:

load                 the scenario of a catalogue name or a file
Scenario             a checked scenario; `scenario.but("KEY=VALUE")` is one with changes
run                  simulate a scenario: a Result
compare              simulate designs on the same random numbers: a Comparison
sweep                simulate a scenario with many values of some keys: a Sweep
size                 the fewest servers that meet the objectives, and how sure that is: a Size
frontier             from which value of a key on a fleet does not come back: a Frontier
review               run the claims of architecture decisions: which hold, which fail: a Review
agree                hold the engines against one another
check                what can be said without simulating: Findings
import_              what logs, tables and exports say; `import_(FILE).write(NAME)` makes a scenario of it
catalogue            what there is to be used by name
engines              who can answer: `engines.names()`, `engines.choose(...)`
libraries            communication libraries: `libraries.compare(...)` runs one fleet with each
plot                 pictures: `plot.series(result)`, `plot.compare(...)`, `plot.frontier(...)` and more
sequence             the messages of one traced agent of a Result, as a sequence diagram
Result               what came out of a run or of its replications
Comparison           results beside one another; `comparison[METRIC]` is the difference B - A
Sweep                the runs of many designs; `to_frame()` is one tidy table
Size                 the answer of `size` with its evidence: `answer`, `text`, `to_frame()`
Frontier             the band of a frontier with its levels: `band`, `text`, `to_frame()`
Review               the claims of decisions with their verdicts; `to_text()` is review.json
Finding              one thing that `check` found
Verdict              what the judge says of one run: its outcome, and every statement with its time
WavetankError        the base of all errors of wavetank; `run` and `compare` raise no other
ScenarioError        bad input, at file, line and column; `errors` has every mistake
UnsupportedByEngine  an engine was asked for what it cannot honour
RunFailed            a run came to no answer: too little memory, or a defect of wavetank
ResultError          a result that cannot be written or read
MissingExtra         an optional package is not installed

They are imported when first used, so that `import wavetank` is quick.
"""

from importlib import import_module

# `typing` alone takes longer than all the rest of `import wavetank`.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from wavetank import engines, libraries
    from wavetank.errors import MissingExtra, RunFailed, ScenarioError, UnsupportedByEngine, WavetankError
    from wavetank.face import plot
    from wavetank.face.sequence import sequence
    from wavetank.imports import import_
    from wavetank.results.judge.verdict import Verdict
    from wavetank.results.result import Result
    from wavetank.results.store import ResultError
    from wavetank.scenario import Scenario, load
    from wavetank.studies.checking import check
    from wavetank.studies.comparison import Comparison, compare
    from wavetank.studies.engine_diff import agree
    from wavetank.studies.entries import catalogue
    from wavetank.studies.finding import Finding
    from wavetank.studies.frontiers import Frontier
    from wavetank.studies.frontiers.frontier import frontier
    from wavetank.studies.replications import run
    from wavetank.studies.reviewing import Review
    from wavetank.studies.reviewing.review import review
    from wavetank.studies.sizing import Size
    from wavetank.studies.sizing.size import size
    from wavetank.studies.sweeping import Sweep
    from wavetank.studies.sweeping.sweep import sweep

__all__ = [
    "Comparison",
    "Finding",
    "Frontier",
    "MissingExtra",
    "Result",
    "ResultError",
    "Review",
    "RunFailed",
    "Scenario",
    "ScenarioError",
    "Size",
    "Sweep",
    "UnsupportedByEngine",
    "Verdict",
    "WavetankError",
    "agree",
    "catalogue",
    "check",
    "compare",
    "engines",
    "frontier",
    "import_",
    "libraries",
    "load",
    "plot",
    "review",
    "run",
    "sequence",
    "size",
    "sweep",
]

_MODULES = {
    "engines": "wavetank.engines",
    "libraries": "wavetank.libraries",
    "plot": "wavetank.face.plot",
}
_HOMES = {
    "Comparison": "wavetank.studies.comparison",
    "Finding": "wavetank.studies.finding",
    "Frontier": "wavetank.studies.frontiers",
    "MissingExtra": "wavetank.errors",
    "Result": "wavetank.results.result",
    "ResultError": "wavetank.results.store",
    "Review": "wavetank.studies.reviewing",
    "RunFailed": "wavetank.errors",
    "Scenario": "wavetank.scenario",
    "ScenarioError": "wavetank.errors",
    "Size": "wavetank.studies.sizing",
    "Sweep": "wavetank.studies.sweeping",
    "UnsupportedByEngine": "wavetank.errors",
    "Verdict": "wavetank.results.judge.verdict",
    "WavetankError": "wavetank.errors",
    "agree": "wavetank.studies.engine_diff",
    "catalogue": "wavetank.studies.entries",
    "check": "wavetank.studies.checking",
    "compare": "wavetank.studies.comparison",
    "frontier": "wavetank.studies.frontiers.frontier",
    "import_": "wavetank.imports",
    "load": "wavetank.scenario",
    "review": "wavetank.studies.reviewing.review",
    "run": "wavetank.studies.replications",
    "sequence": "wavetank.face.sequence",
    "size": "wavetank.studies.sizing.size",
    "sweep": "wavetank.studies.sweeping.sweep",
}


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name not in _HOMES:
        raise AttributeError(f"module 'wavetank' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
