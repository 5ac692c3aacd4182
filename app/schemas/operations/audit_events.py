import datetime as dt
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from app.models.audit_actions import Action
from app.models.audit_event import RecordedEvent
from app.models.known_actions import known_actions
from app.schemas.base import Cursor, Day, In, Limit, Moment, Out

RecentDay = Annotated[Day, Field(ge=dt.date(2000, 1, 1), le=dt.date(2100, 1, 1))]


ACTIONS: Final = {action.value: action for action in known_actions()}


class _OneOfAllSubjects:
    """Validates an action of any subject; Pydantic knows only enums that list all they have."""

    def __get_pydantic_core_schema__(
        self, source: type[Action], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            ACTIONS.__getitem__,
            core_schema.literal_schema(list(ACTIONS)),
            ref=source.__name__,
            metadata={
                "pydantic_js_updates": {"title": source.__name__, "description": source.__doc__}
            },
        )


KnownAction = Annotated[Action, _OneOfAllSubjects()]


class AuditEventsQuery(In):
    action: KnownAction | None = Field(None, description="Events of this kind only")
    from_: RecentDay | None = Field(None, alias="from", description="First day, in Kyiv")
    to: RecentDay | None = Field(None, description="Last day, in Kyiv, included")
    limit: Limit = 50
    cursor: Cursor = None


class ActorOut(Out):
    id: UUID
    name: str | None


class AuditEventOut(Out):
    id: UUID
    happened_at: Moment
    action: str = Field(description="What was done; new kinds may be added")
    member: ActorOut | None = Field(
        description="Who did it; null: the operator, the clock, or another company, whose tax id "
        "`details` has as `by_tax_id`"
    )
    address: str | None = Field(description="The IP address it was done from")
    subject_id: UUID | None = Field(description="What it was done to")
    details: dict[str, Any]

    @classmethod
    def of(cls, recorded: RecordedEvent) -> "AuditEventOut":
        event = recorded.event
        actor = None
        if event.member_id is not None:
            actor = ActorOut.built(id=event.member_id, name=recorded.member_name)
        return cls.built(
            id=event.id,
            happened_at=event.happened_at,
            action=event.action,
            member=actor,
            address=event.address,
            subject_id=event.subject_id,
            details=event.details,
        )
