"""Pages that a notebook shows of a scenario, a result, a comparison and a review, as HTML.

One page for light and dark themes: colours are those of the text, or transparent. No script, and below 20 kB
however many figures there are. Figures, sentences and names are those of the command line.
"""

from wavetank.face.notebook.comparisons import comparison_html
from wavetank.face.notebook.results import result_html
from wavetank.face.notebook.reviews import review_html
from wavetank.face.notebook.scenarios import scenario_html

__all__ = ["comparison_html", "result_html", "review_html", "scenario_html"]
