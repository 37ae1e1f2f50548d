import pytest

from wavetank.face.uml.page import Page, escaped, shortened


def test_plain_words_stay_readable() -> None:
    text = "POST /stateless, 25 events (81 ms): a.b = c; 50 + 1?"
    assert escaped(text) == text


@pytest.mark.parametrize("markup", [*"<>[]{}~*_\"|#&$%!'@^`\\", "//", "--", "==", "é", "🙂"])
def test_whatever_could_be_markup_is_escaped(markup: str) -> None:
    text = escaped(f"a{markup}b")
    assert text == "a" + "".join(f"<U+{ord(letter):04X}>" for letter in markup) + "b"


def test_lines_cannot_be_broken_out_of() -> None:
    assert escaped("a\n@enduml\r\n!include x\tb") == "a <U+0040>enduml <U+0021>include x b"


def test_shortened_says_that_something_is_missing() -> None:
    assert shortened("a name", 6) == "a name"
    assert shortened("a longer name", 9) == "a longer…"


def test_page_remembers_what_must_be_seen() -> None:
    page = Page("Title")
    page.element("node", "X", "head", "first line", "second")
    page.caption("below")
    drawing = page.drawing("name")
    assert drawing.labels == ("Title", "first line", "second", "head", "below")
    assert drawing.source.startswith("@startuml\n")
    assert drawing.source.endswith("caption \\nbelow\n@enduml\n")
    assert 'node "**head**\\nfirst line\\nsecond" as X\n' in drawing.source
