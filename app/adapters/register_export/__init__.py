"""The operator's register as CSV files: read as a stream, every value checked as it is read."""

from app.adapters.register_export.export import RegisterExport
from app.adapters.register_export.problems import ExportMissing, ExportRefused, Problem, Problems
from app.adapters.register_export.sheet_reader import SheetReader
from app.adapters.register_export.sheets import Sheet

__all__ = [
    "ExportMissing",
    "ExportRefused",
    "Problem",
    "Problems",
    "RegisterExport",
    "Sheet",
    "SheetReader",
]
