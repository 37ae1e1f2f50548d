from wavetank.protocol.alert_dedup import Troubles


def test_each_trouble_is_told_once_and_the_end_of_all() -> None:
    troubles = Troubles()
    assert troubles.note(1, "") == ""
    assert troubles.note(1, "away") == "away"
    assert troubles.note(1, "away") == ""
    assert troubles.note(2, "away") == "", "the same trouble elsewhere"
    assert troubles.note(2, "full") == "full"
    assert troubles.all() == ["away", "full"]
    assert troubles.note(2, "") == ""
    assert troubles.note(1, "") == "all is well again"
    assert troubles.note(1, "") == ""
