"""Decisions of an architecture with claims that are run: which hold, which fail, and what changes that."""

from wavetank.studies.reviewing.record import Review, read_review
from wavetank.studies.reviewing.review import review

__all__ = ["Review", "read_review", "review"]
