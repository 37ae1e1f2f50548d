"""The report: one HTML file that needs nothing beside it."""

from wavetank.face.report.agents import traced_agents
from wavetank.face.report.writing import check_report_folder, write_report
from wavetank.results.store import REPORT

__all__ = ["REPORT", "check_report_folder", "traced_agents", "write_report"]
