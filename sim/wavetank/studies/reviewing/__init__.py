"""Architecture decisions with claims that are run: which hold, which fail, and what would change that.

A decision file names options, situations and claims (schema.py). Reading checks it (reading.py, checks.py),
planning makes a question of each claim and option (planning.py), running answers the questions by simulated
runs (running.py, judging.py), and rows.py makes the record that all output is drawn from (record.py).
docs/review.md describes the file and the verdicts.
"""

from wavetank.studies.reviewing.record import Review, read_review
from wavetank.studies.reviewing.review import review

__all__ = ["Review", "read_review", "review"]
