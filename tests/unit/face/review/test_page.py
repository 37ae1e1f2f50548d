import re
from pathlib import Path

import pytest

from tests.unit.studies.reviewing.test_madr import DECISION, ROW
from wavetank.errors import MissingExtra
from wavetank.face.review import write_review, writing
from wavetank.face.review.page import page
from wavetank.studies.reviewing import Review

OPEN = ROW.model_copy(update={"verdict": "not runnable", "why_not": "the run <ends> too early"})


def made(*decisions: object) -> Review:
    return Review.model_validate({"wavetank": "0", "model_version": 2, "decisions": decisions or (DECISION,)})


def test_the_page_needs_nothing_beside_it(tmp_path: Path) -> None:
    file = write_review(made(), tmp_path)
    text = file.read_text(encoding="utf-8")
    assert file.name == "review.html"
    assert not re.findall(r'(?:src|href)="(?!data:|#)', text)
    assert "default-src 'none'" in text
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(set(ids)) == len(ids)
    assert set(re.findall(r'href="#([^"]+)"', text)) | set(re.findall(r'labelledby="([^"]+)"', text)) <= set(
        ids
    )


def test_the_first_sheet_says_what_is_proposed_and_what_is_asked() -> None:
    first = page(made()).split("</section>")[0]
    assert "The deciding claim holds." in first
    assert "The committee is asked to</b> confirm 1 (retry)" in first
    assert re.search(r"Instead of.*Fixed wait.*fails: never", first, re.DOTALL)


def test_every_row_is_there_with_its_reason() -> None:
    text = page(made(DECISION.model_copy(update={"rows": (OPEN, DECISION.rows[1])})))
    assert "the run &lt;ends&gt; too early" in text
    assert text.count('class="pill not-runnable"') == 4
    assert "The committee is asked to</b> wait for more evidence on 1 (retry)" in text


def test_a_decision_without_claims_has_a_chapter() -> None:
    changes = {"chosen": "", "status": "proposed", "rows": (), "claims": (), "missing": ("No registration.",)}
    text = page(made(DECISION.model_copy(update=changes)))
    assert "<b>Missing to decide it:</b> No registration." in text
    assert "asked to</b> decide 1 (retry)" in text


def test_without_the_extra_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="extra report"):
        write_review(made(), tmp_path)
    assert list(tmp_path.iterdir()) == []
