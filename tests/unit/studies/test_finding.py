from wavetank.studies.finding import Findings, fact, ordered, problem, warning


def test_gravest_last_and_otherwise_as_found() -> None:
    findings = ordered(
        [problem("a", "1"), fact("b", "2"), warning("c", "3"), problem("d", "4"), fact("e", "5")]
    )
    assert [finding.key for finding in findings] == ["b", "e", "c", "a", "d"]
    assert [finding.key for finding in findings.problems] == ["a", "d"]


def test_shown_as_a_table() -> None:
    findings = Findings([fact("server", "Busy."), warning("auth.ttl", "Short.")])
    assert repr(findings) == "fact     server    Busy.\nwarning  auth.ttl  Short."
    assert str(Findings()) == ""


def test_a_notebook_shows_a_table_without_markup_of_its_own() -> None:
    html = Findings([warning("auth.ttl", "<b>Short</b> & simple.")])._repr_html_()
    assert "&lt;b&gt;Short&lt;/b&gt; &amp; simple." in html
    assert html.count("<tr>") == 2
    assert "<b>" not in html
