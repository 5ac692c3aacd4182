"""How much energy each month took: pure rules, from registers' readings to a report."""

from app.models.consumption.history import RegisterHistory
from app.models.consumption.question import GroupBy, Question, RangeInvalid
from app.models.consumption.report import Consumption, MonthConsumption, Summary, report

__all__ = [
    "Consumption",
    "GroupBy",
    "MonthConsumption",
    "Question",
    "RangeInvalid",
    "RegisterHistory",
    "Summary",
    "report",
]
