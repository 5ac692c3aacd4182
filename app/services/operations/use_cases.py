from dataclasses import dataclass

from app.services.context import UseCaseTools
from app.services.operations.audit_events import AuditEventService
from app.services.operations.health import HealthService
from app.services.operations.idempotency import IdempotencyService
from app.services.operations.request_rates import RequestRates


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """Audit trail, health, idempotency, and rates of requests."""

    audit_events: AuditEventService
    health: HealthService
    idempotency: IdempotencyService
    request_rates: RequestRates


def build(tools: UseCaseTools) -> Operations:
    context = tools.context
    return Operations(
        audit_events=AuditEventService(context=context),
        health=HealthService(database=tools.probe),
        idempotency=IdempotencyService(context=context),
        request_rates=RequestRates(clock=context.clock, limits=context.limits),
    )
