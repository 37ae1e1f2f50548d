"""The published page of the libraries says what the cards and the measurements say now."""

import json
import re
from functools import cache
from pathlib import Path

from wavetank.face.libraries import FILE
from wavetank.face.libraries.answers import answers
from wavetank.face.libraries.fleets import fleets
from wavetank.face.libraries.page import weighable
from wavetank.libraries import list_libraries
from wavetank.libraries.decision import find_decision
from wavetank.scenario import load

ROOT = Path(__file__).parents[2]
ADVICE = "the page has drifted; `make docs` writes it anew"


@cache
def published() -> str:
    return (ROOT / "reports" / FILE).read_text(encoding="utf-8")


def test_what_can_be_weighed_is_what_comes_out() -> None:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', published())
    asked = fleets(load("wazuh-50-jwt"), find_decision(), list_libraries())
    assert json.loads(text)["fleets"] == json.loads(json.dumps([weighable(fleet) for fleet in asked])), ADVICE


def test_the_answers_are_those_of_today() -> None:
    known = list_libraries()
    asked = fleets(load("wazuh-50-jwt"), find_decision(), known)
    text = " ".join(re.sub(r"<[^>]*>", " ", published()).split())
    for answer in answers(known, asked):
        assert answer.short.replace("'", "&#39;") in text, ADVICE


def test_every_library_is_on_it_as_it_was_measured() -> None:
    for library in list_libraries():
        assert f'id="card-{library.id}"' in published(), ADVICE
        if library.measurement is not None:
            assert f"Measured {library.measurement.provenance.date}" in published(), ADVICE
