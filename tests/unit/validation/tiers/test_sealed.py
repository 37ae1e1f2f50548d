from pathlib import Path

import pytest

from wavetank.validation.tiers.sealed import SealProblem, check_free, is_intact, seal


def test_predictions_cannot_be_changed_unseen_or_replaced(tmp_path: Path) -> None:
    sealed = seal(tmp_path / "new", "name = 'card'\n", {"b": 2, "a": 1.5})
    assert is_intact(sealed)
    assert (sealed.folder / "seal.txt").read_text() == f"{sealed.digest}\n"
    with pytest.raises(SealProblem, match="another folder"):
        seal(tmp_path / "new", "", {})
    for name in ("card.toml", "predictions.json"):
        before = (sealed.folder / name).read_text()
        (sealed.folder / name).write_text(before + " ")
        assert not is_intact(sealed)
        (sealed.folder / name).write_text(before)
    assert is_intact(sealed)


def test_the_same_predictions_have_the_same_hash_and_others_another(tmp_path: Path) -> None:
    digests = [
        seal(tmp_path / str(index), card, {"a": value}).digest
        for index, (card, value) in enumerate([("x", 1), ("x", 1), ("x", 2), ("y", 1)])
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SealProblem, match="is a file"):
        check_free(tmp_path / "file")
