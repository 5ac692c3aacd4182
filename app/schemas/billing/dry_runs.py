from pydantic import Field

from app.models.billing.bill_forecast import BillForecast
from app.renderings.explanations import Words as AnyWords
from app.schemas.billing.forecasts import BillForecastOut
from app.schemas.metering.readings import SubmittedReadingsOut, Words
from app.services.metering.submission_outcomes import SubmittedReadings


class JudgedReadingsOut(SubmittedReadingsOut):
    """What values mean of which nothing new was kept."""

    bill: BillForecastOut | None = Field(
        description="What the period would come to with these values; null unless it is a dry run, "
        "and to whoever sees no bills of the account"
    )

    @classmethod
    def judged(
        cls,
        submitted: SubmittedReadings,
        bill: BillForecast | None,
        *,
        findings: Words,
        words: AnyWords,
    ) -> "JudgedReadingsOut":
        shown = SubmittedReadingsOut.of(submitted, findings)
        return cls.built(
            **{name: getattr(shown, name) for name in SubmittedReadingsOut.model_fields},
            bill=bill and BillForecastOut.of(bill, words),
        )
