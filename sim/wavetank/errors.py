"""Every exception wavetank raises on purpose.

Each survives `type(e)(*e.args)`, because SimPy and process pools re-create exceptions that way.
"""


class WavetankError(Exception):
    """Base of all exceptions of wavetank; its text is meant for the person who asked.

    Examples
    --------
    >>> import wavetank as wt
    >>> try:
    ...     wt.run("quickstart", engine="fast")
    ... except wt.WavetankError as error:
    ...     print(error)
    there is no engine fast; known: compiled, reference, live
    """


class UnitError(WavetankError, ValueError):
    """A quantity that cannot be read: says what is wrong and what would be right."""


class ScenarioError(WavetankError):
    """Bad input: what is wrong and what would be right, at line and column (both from 1) of a file.

    Examples
    --------
    >>> import wavetank as wt
    >>> try:
    ...     wt.load("quickstart", ["fleet.agent=20"])
    ... except wt.ScenarioError as error:
    ...     print(error)
    --set:1:7: unknown key fleet.agent; did you mean agents?
    """

    def __init__(self, message: str, file: str, line: int, column: int) -> None:
        super().__init__(message, file, line, column)
        self.message = message
        self.file = file
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"

    @property
    def errors(self) -> "tuple[ScenarioError, ...]":
        """Every mistake that was found, this one first."""
        return (self,)


class ScenarioErrors(ScenarioError):
    """Several mistakes in one scenario: it is the first of them, and `errors` has all."""

    def __init__(self, several: tuple[ScenarioError, ...]) -> None:
        first = several[0]
        super().__init__(first.message, first.file, first.line, first.column)
        self.args = (several,)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)

    @property
    def errors(self) -> tuple[ScenarioError, ...]:
        """Every mistake that was found."""
        several: tuple[ScenarioError, ...] = self.args[0]
        return several


class UnsupportedByEngine(WavetankError):
    """An engine was asked for a scenario with a key that it does not support.

    Examples
    --------
    >>> import wavetank as wt
    >>> try:
    ...     wt.run("mm4", engine="live")
    ... except wt.UnsupportedByEngine as error:
    ...     print(error.engine, error.key)
    live auth.scheme = none
    """

    def __init__(self, engine: str, key: str) -> None:
        super().__init__(engine, key)
        self.engine = engine
        self.key = key

    def __str__(self) -> str:
        return f"engine {self.engine} cannot honour {self.key}; take another engine or leave the key out"


class TooLarge(UnsupportedByEngine):
    """A fleet takes more memory of an engine than there is; `key` says how much."""

    def __str__(self) -> str:
        return f"engine {self.engine} has no room for {self.key}"


class Livelock(WavetankError):
    """A scenario in which work comes back without end in one instant, `at_s` seconds into the run."""

    def __init__(self, at_s: float) -> None:
        super().__init__(at_s)
        self.at_s = at_s

    def __str__(self) -> str:
        return (
            f"the run stands still at {self.at_s:g} s: what fails is tried again without any time passing; "
            "give the network a delay, the retries a backoff, or the streams a pause"
        )


class MissingExtra(WavetankError):
    """An optional dependency is not installed; `extra` is the extra that brings it.

    Examples
    --------
    >>> import wavetank as wt
    >>> wt.MissingExtra("matplotlib", "report").extra
    'report'
    """

    def __init__(self, module: str, extra: str) -> None:
        super().__init__(module, extra)
        self.module = module
        self.extra = extra

    def __str__(self) -> str:
        return (
            f"{self.module} is not installed; it comes with the extra {self.extra}: "
            f"in a checkout of wavetank, pip install '.[{self.extra}]'"
        )


class RunFailed(WavetankError):
    """A run came to no answer; the text says which one and why.

    The cause is a defect of wavetank, or too little memory.

    Examples
    --------
    >>> import wavetank as wt
    >>> small = wt.load("quickstart", ["fleet.agents=20", "duration=2min"])
    >>> try:
    ...     print(wt.run(small, engine="reference").verdict)
    ... except wt.RunFailed as failure:
    ...     print(f"No answer: {failure}")
    stable
    """


class CannotRun(WavetankError):
    """A live run cannot begin, or cannot go on: what is in the way, and what would help."""


class AccountingError(WavetankError):
    """Events or attempts of a run do not add up: a defect of wavetank itself, never of the scenario."""


class TooBusy(WavetankError):
    """Too much else ran to measure `what`; `waited`: the share of its time that it waited for a core."""

    def __init__(self, label: str, waited: float) -> None:
        super().__init__(label, waited)
        self.what = label
        self.waited = waited

    def __str__(self) -> str:
        return (
            f"the machine was too busy to measure {self.what}: the probes waited for a core "
            f"{100 * self.waited:.0f} % of their time, and the baseline beside them did not hold still; "
            "nothing of this library was written, try again when it is quiet"
        )
