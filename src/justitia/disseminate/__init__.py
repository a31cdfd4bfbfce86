"""GSBPM 7, Disseminate: write a publication as CSV on the Web, a workbook and a report."""

from justitia.disseminate.csvw import write_csvw
from justitia.disseminate.flow_page import write_flow_files
from justitia.disseminate.report import render_report
from justitia.disseminate.wording import words
from justitia.disseminate.workbook import write_workbook

__all__ = ["render_report", "words", "write_csvw", "write_flow_files", "write_workbook"]
