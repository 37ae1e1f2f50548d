import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved
from wavetank.engines.features import FEATURES, features
from wavetank.engines.registry import ENGINES, Engine, UnknownEngine, choose, names, refused
from wavetank.errors import MissingExtra, UnsupportedByEngine

BARE = Engine("bare", "wavetank.engines.reference", "only queues", frozenset({"process = poisson"}))


def test_first_engine_is_the_default() -> None:
    assert choose(resolved()) is ENGINES[0]
    assert names()[0] == ENGINES[0].name


def test_reference_honours_everything() -> None:
    (reference,) = [engine for engine in ENGINES if engine.name == "reference"]
    assert features(resolved(STORM))
    assert refused(reference, resolved(STORM)) == ()


def test_engine_of_that_name() -> None:
    assert choose(resolved(), "reference").name == "reference"


def test_unknown_engine_names_those_there_are() -> None:
    with pytest.raises(UnknownEngine, match="no engine warp; known: compiled, reference"):
        choose(resolved(), "warp")


def test_unknown_engine_survives_its_own_arguments() -> None:
    error = UnknownEngine("warp", "reference")
    assert isinstance(error, UnsupportedByEngine)
    assert str(type(error)(*error.args)) == str(error)


def test_run_is_the_engines_function() -> None:
    tally = ENGINES[0].run(resolved(QUEUE, "duration=2s"))
    assert sum(tally.issued) > 0


def test_refusal_is_computed_and_names_the_key() -> None:
    assert refused(BARE, resolved()) == ()
    with pytest.raises(UnsupportedByEngine, match=r"engine bare cannot honour auth\.scheme = server-token"):
        choose(resolved(STORM), "bare", (BARE,))


def test_engine_that_cannot_is_passed_over() -> None:
    assert choose(resolved(STORM), None, (BARE, *ENGINES)) is ENGINES[0]
    assert choose(resolved(), None, (BARE, *ENGINES)) is BARE


def test_engine_that_is_not_installed_is_passed_over_or_named() -> None:
    absent = BARE._replace(needs="no_such_package", extra="fast")
    assert choose(resolved(), None, (absent, *ENGINES)) is ENGINES[0]
    with pytest.raises(MissingExtra, match=r"the extra fast"):
        choose(resolved(), "bare", (absent,))


def test_compiled_honours_all_there_is() -> None:
    (compiled,) = [engine for engine in ENGINES if engine.name == "compiled"]
    assert set(FEATURES) == compiled.honours
