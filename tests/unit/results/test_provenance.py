import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError

import pytest

from wavetank.results import provenance as module
from wavetank.results.provenance import provenance, wavetank_version


@pytest.fixture
def unremembered() -> Iterator[None]:
    """The version is asked for again, before and after the test."""
    wavetank_version.cache_clear()
    yield
    wavetank_version.cache_clear()


def test_it_names_the_package_python_and_machine(unremembered: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "version", lambda name: f"{name} 7.8")
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "")
    origin = provenance()
    assert (origin.version, origin.platform, origin.command) == ("wavetank 7.8", "Linux", "")
    assert origin.python == platform.python_version()


def test_command_is_kept_as_it_would_be_typed() -> None:
    assert provenance(["wavetank", "run", "a b.toml"]).command == "wavetank run 'a b.toml'"


def test_bare_checkout_has_no_version(unremembered: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(module, "version", missing)
    assert wavetank_version() == "unknown"
