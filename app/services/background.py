"""Background work: jobs and scheduled work, listed by each subject and done by the worker."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self, TypeAlias
from uuid import UUID

from app.adapters.sms import SmsGateway
from app.metrics import WorkerMetrics
from app.models.retention import RetentionTerms
from app.repositories.jobs import Job
from app.repositories.retention import RetentionRule
from app.services.context import Context

UseCase: TypeAlias = Callable[[UUID], Awaitable[object]]
"""Takes the id of what it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTools:
    """What the work of a subject is built from."""

    context: Context
    metrics: WorkerMetrics
    sms: SmsGateway
    domain: str
    """Whose page may fill in the code of an SMS by itself."""
    retention_terms: RetentionTerms
    retention_rules: Sequence[RetentionRule]
    """Of all subjects."""


@dataclass(frozen=True, slots=True)
class ScheduledWork:
    """A use case that recurs."""

    name: str
    every: float
    """Seconds between the end of one and the start of the next."""
    do: Callable[[], Awaitable[object]]
    until_nothing_is_left: bool = False
    """Whether a run that found something to do is followed by the next at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackgroundWork:
    """The jobs and the recurring work of a subject, or of all of them."""

    jobs: Mapping[Job, UseCase] = field(default_factory=dict)
    scheduled: Sequence[ScheduledWork] = ()

    @classmethod
    def of_all(cls, subjects: Iterable["BackgroundWork"]) -> Self:
        every = tuple(subjects)
        return cls(
            jobs={job: use_case for each in every for job, use_case in each.jobs.items()},
            scheduled=[work for each in every for work in each.scheduled],
        )
