"""Predictions that are written and hashed before anything is measured against them."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from wavetank.errors import WavetankError

CARD = "card.toml"
PREDICTIONS = "predictions.json"
SEAL = "seal.txt"


class SealProblem(WavetankError):
    """A folder that cannot hold predictions: which one, and what to do."""


class Seal(NamedTuple):
    """Where card and predictions are, and the SHA-256 of both together."""

    folder: Path
    digest: str


def seal(folder: Path, card: str, predictions: Mapping[str, object]) -> Seal:
    """Write card and predictions, and the digest beside them.

    Raises
    ------
    SealProblem
        There are predictions in the folder already, which nobody may replace, or it cannot be written.
    """
    check_free(folder)
    text = json.dumps(predictions, indent=1, sort_keys=True, allow_nan=False) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CARD).write_text(card, encoding="utf-8")
        (folder / PREDICTIONS).write_text(text, encoding="utf-8")
        digest = digest_of(folder)
        (folder / SEAL).write_text(f"{digest}\n", encoding="ascii")
    except OSError as error:
        raise SealProblem(f"--out: {folder}: {error.strerror or error}") from None
    return Seal(folder, digest)


def check_free(folder: Path) -> None:
    """Raise SealProblem where a folder holds predictions already, or is none."""
    if folder.exists() and not folder.is_dir():
        raise SealProblem(f"--out: {folder} is a file; give a folder")
    if (folder / SEAL).exists():
        raise SealProblem(f"--out: {folder} holds the predictions of another validation; give another folder")


def digest_of(folder: Path) -> str:
    """The SHA-256 of card and predictions: of both files, one after the other, each with its length."""
    whole = hashlib.sha256()
    for name in (CARD, PREDICTIONS):
        data = (folder / name).read_bytes()
        whole.update(f"{name} {len(data)}\n".encode())
        whole.update(data)
    return whole.hexdigest()


def is_intact(sealed: Seal) -> bool:
    """Whether card and predictions are still those that were hashed."""
    return digest_of(sealed.folder) == sealed.digest
