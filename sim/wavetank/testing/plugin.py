"""The pytest plugin: bounds how many runs an assertion of `wavetank.testing` may take."""

import pytest

from wavetank.testing.bound import MOST_RUNS

MARKER = "wavetank(seeds): at most so many runs for each assertion of wavetank.testing in this test"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--wavetank-seeds`."""
    parser.getgroup("wavetank").addoption(
        "--wavetank-seeds",
        type=_positive,
        default=None,
        metavar="N",
        help="the most runs of each assertion of wavetank.testing (default 200); wins over the marker",
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> object:
    """Run the test with its bound."""
    marker = item.get_closest_marker("wavetank")
    seeds = item.config.getoption("--wavetank-seeds") or (marker.kwargs.get("seeds") if marker else None)
    if seeds is None:
        return (yield)
    token = MOST_RUNS.set(seeds)
    try:
        return (yield)
    finally:
        MOST_RUNS.reset(token)
