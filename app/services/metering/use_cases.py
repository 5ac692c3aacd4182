from dataclasses import dataclass

from app.models.metering.settings import MeteringSettings
from app.repositories.metering.reading_windows import KnownWindows
from app.services.context import UseCaseTools
from app.services.metering.batch_recording import BatchRecorder
from app.services.metering.chart_links import ChartLinkService
from app.services.metering.consumption import ConsumptionService
from app.services.metering.reading_batches import ReadingBatchService
from app.services.metering.reading_changes import ReadingChangeService
from app.services.metering.reading_submissions import ReadingSubmissionService
from app.services.metering.readings import ReadingService
from app.services.metering.shown_settlements import ShownSettlementService


@dataclass(frozen=True, slots=True, kw_only=True)
class Metering:
    """What registers show, and the energy that it means."""

    chart_links: ChartLinkService
    consumption: ConsumptionService
    reading_batches: ReadingBatchService
    reading_changes: ReadingChangeService
    reading_submissions: ReadingSubmissionService
    readings: ReadingService
    shown_settlements: ShownSettlementService


def build(tools: UseCaseTools) -> Metering:
    context = tools.context
    windows = KnownWindows(context.settings.of(MeteringSettings).window_rule)
    recorder = BatchRecorder(
        context=context, windows=windows, account_numbers=tools.account_numbers
    )
    return Metering(
        chart_links=ChartLinkService(context=context),
        consumption=ConsumptionService(context=context),
        reading_batches=ReadingBatchService(recorder=recorder),
        reading_changes=ReadingChangeService(context=context),
        reading_submissions=ReadingSubmissionService(context=context, windows=windows),
        readings=ReadingService(context=context),
        shown_settlements=ShownSettlementService(context=context),
    )
