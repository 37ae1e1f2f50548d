"""The report: one HTML file that needs nothing beside it."""

from wavetank.face.report.agents import traced_agents
from wavetank.face.report.writing import REPORT, check_report_folder, write_report

__all__ = ["REPORT", "check_report_folder", "traced_agents", "write_report"]
