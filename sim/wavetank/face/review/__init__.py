"""The page of a review: a sheet for those who decide, a chapter for each decision, the evidence."""

from wavetank.face.review.writing import check_page_folder, write_review

__all__ = ["check_page_folder", "write_review"]
