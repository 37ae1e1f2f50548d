import re

import pytest

from wavetank.studies.reviewing.madr import name_of, record_of
from wavetank.studies.reviewing.record import ClaimRecord, DecisionRecord, OptionRecord, RowRecord

ROW = RowRecord(
    claim="back", option="a", verdict="holds", gating=True, metric="recovery_s", quantity="duration",
    sense="at most", limit=300.0, about="run", runs=20, held=20, median=86.0, least=80.0, greatest=95.0,
    command="wavetank run x --set a=1",
)  # fmt: skip
FAILING = ROW.model_copy(
    update={"option": "b", "gating": False, "verdict": "fails", "held": 0, "median": None, "never": 9}
)
DECISION = DecisionRecord(
    id="retry",
    title="How to try again",
    status="accepted",
    date="2026-11-30",
    decided_by=('the "agent" team', "servers"),
    context="Whatever fails is tried again.\n",
    drivers=("Back by itself",),
    chosen="a",
    options=(
        OptionRecord(id="a", title="Wide jitter", good=("Agents need no change.",)),
        OptionRecord(id="b", title="Fixed wait", bad=("TLS is paid again",)),
    ),
    claims=(ClaimRecord(id="back", text="Back within 5min | or so"),),
    rows=(ROW, FAILING),
    good=("Nobody is called",),
    bad=("One more number",),
    sources={"option.b": "assumed"},
    notes=("Something follows.",),
)  # fmt: skip


def headings(text: str) -> list[str]:
    return re.findall(r"^#+ .*$", text, re.MULTILINE)


def test_it_has_the_sections_of_madr_4_in_order() -> None:
    assert headings(record_of(DECISION)) == [
        "# How to try again",
        "## Context and Problem Statement",
        "## Decision Drivers",
        "## Considered Options",
        "## Decision Outcome",
        "### Consequences",
        "### Confirmation",
        "## Pros and Cons of the Options",
        "### Wide jitter",
        "### Fixed wait",
        "## More Information",
    ]
    assert name_of(12, DECISION) == "0012-retry.md"


def test_the_front_matter_is_yaml() -> None:
    front = record_of(DECISION).split("---\n")[1]
    assert front.splitlines() == [
        "status: accepted",
        "date: 2026-11-30",
        r'decision-makers: ["the \"agent\" team", "servers"]',
    ]


def test_the_confirmation_holds_every_claim_with_its_verdict() -> None:
    text = record_of(DECISION)
    held, failed = (line for line in text.splitlines() if line.startswith("| Back within"))
    assert held == (
        r"| Back within 5min \| or so | a (chosen) | ✓ holds | at most 5 min | 1 min 26 s "
        "| 20 of 20 runs, 1 min 20 s to 1 min 35 s |"
    )
    assert "| b | ✗ fails | at most 5 min | never | 0 of 20 runs" in failed
    because = "1 of its 1 claims hold, and the other options fail 1."
    assert f'Chosen option: "Wide jitter", because {because}' in text
    assert "* Good, because agents need no change" in text
    assert "* Bad, because TLS is paid again" in text
    assert "```sh\nwavetank run x --set a=1\n```" in text
    assert "* Something follows." in text


@pytest.mark.parametrize("missing", [(), ("The model lacks registration.",)])
def test_what_is_not_decided_says_what_is_missing(missing: tuple[str, ...]) -> None:
    proposed = DECISION.model_copy(
        update={"chosen": "", "status": "proposed", "missing": missing, "rows": ()}
    )
    text = record_of(proposed)
    assert " ".join(["Nothing is chosen yet.", *missing]) in text
    assert "### Confirmation" not in headings(text)
