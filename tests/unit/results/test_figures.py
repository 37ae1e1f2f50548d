import pickle

import pytest

from tests.unit.studies.cases import QUEUE, resolved
from wavetank.engines.reference import run
from wavetank.results.figures import Figures, unknown_metric
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.verdict import Verdict
from wavetank.results.result import conclude

SHORT = resolved(QUEUE, "duration=2s")


def test_summary_suggests_the_nearest_name() -> None:
    summary = conclude(SHORT, run(SHORT), Verdict(Outcome.STABLE), engine="reference", wall_s=0.0).summary
    with pytest.raises(
        KeyError, match="there is no metric 'server_utilization'; did you mean 'server_utilisation'"
    ):
        _ = summary["server_utilization"]
    with pytest.raises(KeyError, match="has nothing to measure in this run"):
        _ = summary["offline_detection_mean_s"]
    assert "typo" not in summary
    assert summary.get("typo") is None


def test_far_from_every_name() -> None:
    assert unknown_metric("zzzzzz", {"server_utilisation": 0.5}) == (
        "there is no metric 'zzzzzz'; docs/metrics.md lists all"
    )


def test_is_a_dictionary_in_all_else() -> None:
    plain = {"retries_total": 3, "recovery_s": None}
    assert Figures(plain) == plain
    assert pickle.loads(pickle.dumps(Figures(plain))) == Figures(plain)
