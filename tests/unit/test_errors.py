import pickle

import pytest

from wavetank import errors

EXAMPLES = [
    errors.WavetankError("what"),
    errors.UnitError("what"),
    errors.ScenarioError("what; what would be right", "a.toml", 3, 7),
    errors.ScenarioErrors(
        (errors.ScenarioError("one", "a.toml", 3, 7), errors.ScenarioError("two", "a.toml", 4, 1))
    ),
    errors.UnsupportedByEngine("reference", "fleet.start"),
    errors.TooLarge("reference", "1_000_000 agents"),
    errors.Livelock(12.5),
    errors.MissingExtra("matplotlib", "report"),
    errors.RunFailed("the run of a.toml with seed 1: out of memory"),
    errors.CannotRun("no server answers"),
    errors.AccountingError("what"),
    errors.TooBusy("asio (keep-alive, plain, 100 events)", 0.5),
]


def test_every_exception_has_an_example() -> None:
    ours = {cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, Exception)}
    assert {type(error) for error in EXAMPLES} == ours


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_survives_being_made_again(error: errors.WavetankError) -> None:
    for again in (type(error)(*error.args), pickle.loads(pickle.dumps(error))):
        assert str(again) == str(error)
        assert {name: str(value) for name, value in vars(again).items()} == {
            name: str(value) for name, value in vars(error).items()
        }


def test_place_leads() -> None:
    assert str(EXAMPLES[2]) == "a.toml:3:7: what; what would be right"
