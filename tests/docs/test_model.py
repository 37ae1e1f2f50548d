"""docs/model.md: every rule has an anchor of its own, and every rule that something cites is there."""

import re
from pathlib import Path

from wavetank.scenario.vocabulary import NOT_MODELLED

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "docs" / "model.md"
CITING = ("sim", "tests", "models", "docs", "notebooks", "README.md", "CONTRIBUTING.md")
TEXTS = {".py", ".md", ".toml", ".txt", ".ipynb"}
GOLDEN = ROOT / "tests" / "verify" / "golden"


def anchors(text: str) -> list[str]:
    """Anchors of a page: those that are written out, and those of its headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    named = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return [*re.findall(r'<a id="([^"]+)"></a>', text), *named]


def cited(text: str) -> set[str]:
    """Anchors of the model page that a text cites: `model.md#first, #second and #third`."""
    lists = re.findall(r"\bmodel\.md((?:(?:,\s+|\s+and\s+)?#[\w-]+)+)", text)
    return {anchor for several in lists for anchor in re.findall(r"#([\w-]+)", several)}


def files() -> list[Path]:
    """Every text that may cite a rule."""
    below = [
        path
        for name in CITING
        for path in ((ROOT / name).rglob("*") if (ROOT / name).is_dir() else [ROOT / name])
    ]
    return [
        path
        for path in below
        if path.suffix in TEXTS and path != Path(__file__) and "node_modules" not in path.parts
    ]


def test_every_rule_has_an_anchor_of_its_own() -> None:
    text = MODEL.read_text(encoding="utf-8")
    rules = re.findall(r"^\d+\. .*$", text, re.MULTILINE)
    settled = re.findall(r"^- .*$", text.partition("## Settled")[2], re.MULTILINE)
    assert len(rules) >= 35
    assert [
        rule for rule in (*rules, *settled) if not re.match(r'(\d+\.|-) <a id="[a-z0-9-]+"></a>', rule)
    ] == []
    assert len(set(anchors(text))) == len(anchors(text))


def test_every_rule_that_is_cited_is_there() -> None:
    text = MODEL.read_text(encoding="utf-8")
    there = set(anchors(text))
    own = set(re.findall(r"\]\(#([\w-]+)\)", text))
    unknown = {
        path.name: gone for path in files() if (gone := cited(path.read_text(encoding="utf-8")) - there)
    }
    assert unknown == {}
    assert own <= there


def test_every_golden_case_says_which_rules_it_pins() -> None:
    silent = [
        path.name
        for path in GOLDEN.glob("*.txt")
        if not cited(path.read_text(encoding="utf-8").partition("\n")[0])
    ]
    assert silent == []


def test_what_is_not_modelled_yet_is_what_the_scenario_page_lists() -> None:
    section = MODEL.read_text(encoding="utf-8").partition("## Not modelled yet\n")[2].partition("\n## ")[0]
    assert re.findall(r"^- (.+)$", section, re.MULTILINE) == list(NOT_MODELLED)


def test_lists_of_rules_are_read_to_their_end() -> None:
    assert cited("see docs/model.md#a-b,\n#c and #d; not #e") == {"a-b", "c", "d"}
