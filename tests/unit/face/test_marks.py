from tests.unit.studies.judged_results import back, echoing, result_of, trapped
from wavetank.face.marks import Instant, Worse, marks_of
from wavetank.results.judge.statements import Kind


def test_being_back_stands_where_it_began_and_a_trap_where_it_was_said() -> None:
    assert marks_of(result_of(back(5.0))).instants == (Instant(25.0, "back"),)
    assert marks_of(result_of(trapped())).instants == (Instant(50.0, "trapped"),)


def test_an_echo_reaches_from_its_onset_to_its_end_or_to_the_end_of_the_run() -> None:
    assert marks_of(result_of(echoing())).worse == (
        Worse(Kind.ECHO, 40.0, 44.0, True, 20.0, 0.125, 0.75),
        Worse(Kind.ECHO, 55.0, 60.0, False, 35.0, None, 0.75),
    )


def test_the_measured_window_ends_before_a_run_that_was_settled() -> None:
    marks = marks_of(result_of(back(5.0, settled_s=12.0)))
    assert (marks.measured_s, marks.ended_s, marks.settled_s) == (60.0, 72.0, 12.0)


def test_the_first_run_is_marked() -> None:
    assert marks_of(result_of(back(5.0), trapped())).instants == (Instant(25.0, "back"),)
