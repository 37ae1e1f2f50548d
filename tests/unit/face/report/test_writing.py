import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.unit.face.report.cases import result
from tests.unit.studies.cases import STORM, scenario
from tests.unit.studies.judged_results import back, echoing, result_of
from wavetank.errors import MissingExtra
from wavetank.face.report import page
from wavetank.face.report.writing import ReportError, check_report_folder, write_report
from wavetank.results.metrics import BY_NAME, stem_of
from wavetank.results.store import load, save
from wavetank.scenario.vocabulary import NOT_MODELLED, OUTSIDE_THE_MODEL
from wavetank.studies import fates
from wavetank.studies.comparison import Comparison
from wavetank.studies.replications import run

ROOT = Path(__file__).parents[4]
MOST_BYTES = 3_000_000
NASTY = "<script>alert(1)</script> & </script> \"quoted\" 'single' <img src=x onerror=alert(2)> {{ 7 * 7 }}"


class Elements(HTMLParser):
    """The elements of a page, and the text outside of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] not in (["script"], ["style"]):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(result("metastable"), tmp_path_factory.mktemp("report")).read_text(encoding="utf-8")


def test_one_file_of_bounded_size_that_names_nothing_outside(written: str) -> None:
    assert len(written.encode()) < MOST_BYTES
    page = Elements(written)
    assert page.tags.count("script") == 3
    for name, value in page.attributes:
        if name in ("src", "href", "srcset", "poster", "data", "action"):
            assert value.startswith(("data:", "#")), (name, value[:80])
    assert not re.search(r"@import|url\(", written.partition("<style>")[2].partition("</style>")[0])
    assert "default-src 'none'" in written


def test_every_link_leads_somewhere(written: str) -> None:
    attributes = Elements(written).attributes
    ids = [value for name, value in attributes if name == "id"]
    assert len(ids) == len(set(ids))
    links = [value for name, value in attributes if name == "href" and value.startswith("#")]
    assert len(links) >= 5
    assert {link[1:] for link in links} <= set(ids)


def test_it_tells_the_whole_run(written: str) -> None:
    outcome = result("metastable")
    text = Elements(written).text
    assert f"The fleet {fates.fate(outcome)}." in text
    assert "and the backlog grows (metastable)." in text
    for explanation in fates.explanations(outcome.judgements[0]):
        assert explanation in text
    for metric in outcome.summary:
        stem = stem_of(metric)
        label_and_window = metric.removeprefix(stem)
        row = re.sub(r"\{.*\}", "*", BY_NAME[stem].name) + label_and_window
        assert row in text.replace("\u200b", ""), metric
    assert "260 agents, 1 node of 1 core, 1 min 20 s simulated" in text
    for item in NOT_MODELLED:
        assert item.replace("`", "") in text
    assert OUTSIDE_THE_MODEL in text
    assert "# set for this run" in text
    assert f"wavetank run scenario.toml --engine {outcome.engine} --seed 1" in text
    assert outcome.hash[:12] in text


def test_the_page_of_a_saved_result_is_the_same(written: str, tmp_path: Path) -> None:
    folder = save(result("metastable"), tmp_path / "saved")
    assert page.page(load(folder)) == written


def test_a_comparison_tells_of_all_designs() -> None:
    pair = Comparison(("first <b>", "other"), (result("back"), result("metastable")))
    whole = Elements(page.page(pair))
    assert pair.sentence in whole.text
    assert "first <b>" in whole.text
    assert "B − A" in whole.text
    assert whole.tags.count("picture") == 1
    assert sum(value == "diagram" for _, value in whole.attributes) == 2
    assert "b" not in whole.tags


@pytest.fixture(scope="module")
def nasty() -> str:
    """The page of a run in which every name is markup."""
    text = STORM.replace('name = "storm"', f"name = {_toml(NASTY)}\ndescription = {_toml(NASTY)}")
    text += f"\n[sources]\nduration = {_toml(NASTY)}\n"
    ran = run(scenario(text), trace_agents=[0], command=["wavetank", "run", NASTY])
    return page.page(Comparison((NASTY, NASTY), (ran, ran)))


def _toml(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def test_markup_in_names_is_text(nasty: str, written: str) -> None:
    page, plain = Elements(nasty), Elements(written)
    assert page.tags.count("script") == plain.tags.count("script")
    assert page.tags.count("img") == plain.tags.count("img") + 1  # retries and a diagram more, no queue
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert "alert(2)" not in re.sub(r"&[a-z#0-9]+;", "", "".join(re.findall(r"<[^>]+>", nasty)))
    assert "<script>alert" not in nasty
    assert NASTY in " ".join(page.texts)
    assert "49" not in page.text.split("{{")[0][:200]


def test_an_older_report_is_replaced_and_nothing_else_touched(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "report.html").write_text("old")
    write_report(result("stable"), tmp_path)
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "report.html"]


def test_what_cannot_be_written_is_found_out_before(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="no folder that may be written to"):
        check_report_folder(tmp_path / "file")
    with pytest.raises(ReportError, match="no folder that may be written to"):
        check_report_folder(tmp_path / "file" / "below")
    (tmp_path / "taken" / "report.html").mkdir(parents=True)
    with pytest.raises(ReportError, match="there is a folder of that name"):
        write_report(result("stable"), tmp_path / "taken")
    check_report_folder(tmp_path / "new" / "deep")
    assert not (tmp_path / "new").exists()


def test_failure_leaves_the_older_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "report.html").write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("wavetank.face.report.writing.os.replace", full)
    with pytest.raises(ReportError, match="No space left"):
        write_report(result("stable"), tmp_path)
    assert (tmp_path / "report.html").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_what_is_missing_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "vl_convert" else find(name, *rest)
    )
    with pytest.raises(MissingExtra, match=r"vl_convert is not installed; .*the extra report: "):
        check_report_folder(tmp_path)


def test_a_result_without_its_scenario_still_has_a_page() -> None:
    text = Elements(page.page(replace(result("stable"), toml="", trace_rows=(), state_rows=()))).text
    assert "The result does not hold its scenario." in text
    assert "No states were sampled." in text


def test_errors_survive_being_rebuilt() -> None:
    error = ReportError("report.html: cannot be written")
    assert str(type(error)(*error.args)) == "report.html: cannot be written"


def test_the_model_page_names_the_same_limits() -> None:
    text = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    assert OUTSIDE_THE_MODEL in text


def test_a_fleet_that_is_always_connected_has_a_sentence_in_place_of_the_wave() -> None:
    calm = replace(result("stable"), state_rows=(bytes(60),) * 3)
    text = page.page(calm)
    assert "All agents are connected all the time." in Elements(text).text
    assert '<figure class="wave">' not in text
    assert '<figure class="wave">' in page.page(result("back"))


def test_echoes_have_a_section_of_their_own(written: str) -> None:
    text = page.page(Comparison(("as it is", "other"), (result_of(echoing()), result_of(back(5.0)))))
    assert '<h2 id="echoes">Echoes</h2>' in text
    assert "Tokens that are granted together expire together" in Elements(text).text
    assert "A pale band with a bar at its foot is an echo." in Elements(text).text
    assert 'id="echoes"' not in written
