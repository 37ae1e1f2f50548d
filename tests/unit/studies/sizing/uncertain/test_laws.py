import re

import pytest

from wavetank.errors import ScenarioError
from wavetank.studies.sizing.uncertain.laws import uncertain_of


def texts(law: str, *quantiles: float) -> list[str]:
    (read,) = uncertain_of([f"fleet.agents={law}"])
    return [read.text_at(quantile) for quantile in quantiles]


def test_laws_lie_between_their_ends() -> None:
    assert texts('{law="uniform",low=8000,high=12000}', 0.0, 0.5, 1.0) == ["8000", "10000", "12000"]
    assert texts('{law="log-uniform",low="10ms",high="1000ms"}', 0.0, 0.5, 1.0) == ["10ms", "100ms", "1000ms"]
    triangular = '{law="triangular",low="1.0s",mode="2.0s",high="5.0s"}'
    assert texts(triangular, 0.0, 0.25, 1.0) == ["1s", "2s", "5s"]  # a quarter of the mass is below the mode


def test_a_dict_reads_as_the_texts_do() -> None:
    law = '{law="uniform",low=8,high=12}'
    assert uncertain_of({"fleet.agents": law}) == uncertain_of([f"fleet.agents={law}"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fleet.agents=5", 'needs a law, such as fleet.agents={law="uniform",low=8000,high=12000}'),
        ('fleet.agents={law="normal",low=1,high=2}', "there is no law 'normal' for an uncertain input"),
        ('fleet.agents={law="uniform",low=1}', "the law uniform has high, low"),
        ('fleet.agents={law="uniform",low=9,high=2}', "the first end is the lower one"),
        ('fleet.agents={law="log-uniform",low=0,high=2}', "a log-uniform law begins above 0"),
        ('fleet.agents={law="triangular",low=1,mode=9,high=2}', "mode 9: between low and high"),
        ('slo.recovery={law="uniform",low="1s",high="9s"}', "an objective is a choice and not uncertain"),
    ],
)
def test_mistakes_have_a_place(text: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(message)) as caught:
        uncertain_of(["server.service.login={law='uniform',low='1ms',high='2ms'}", text])
    assert str(caught.value).startswith("--uncertain:2:")


def test_one_law_for_each_key() -> None:
    law = "fleet.agents={law='uniform',low=1,high=2}"
    with pytest.raises(ScenarioError, match=r"fleet\.agents has two laws"):
        uncertain_of([law, law])
