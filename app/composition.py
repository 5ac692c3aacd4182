"""The one place that composes the subjects, for the API, the worker, the commands and the tests.

A new subject is imported and built here, which is two lines. Its tables, routes, rules of
retention, jobs and scheduled work are found by where they lie.
"""

from datetime import timedelta
from typing import Final

import app.repositories
import app.services
from app.adapters.sms import SmsGateway
from app.clock import Clock
from app.database import Database
from app.discovery import modules_in
from app.identifiers import AccountNumbers
from app.metrics import WorkerMetrics
from app.models.limits import Limits
from app.models.messages.code_risk import CodesTooShort, require_long_codes
from app.models.metering.reading_window import WindowRule
from app.models.retention import RetentionTerms
from app.repositories.retention import RetentionRule
from app.security.access_tokens import AccessTokens, KeysUnreadable
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.services import Services
from app.services.accounts.use_cases import build_accounts
from app.services.background import BackgroundWork, WorkTools
from app.services.context import Context
from app.services.identity.use_cases import build_identity
from app.services.metering.use_cases import build_metering
from app.services.operations.use_cases import build_operations
from app.settings import REMEDIES, Settings, SettingsRefused

RETENTION_RULES: Final[tuple[RetentionRule, ...]] = tuple(
    rule
    for module in modules_in(app.repositories, named="retention")
    for rule in getattr(module, "RULES", ())
)
"""The `RULES` of every `app/repositories/<subject>/retention.py`."""


def build_services(
    context: Context,
    *,
    passwords: PasswordHasher,
    access_tokens: AccessTokens,
    account_numbers: AccountNumbers,
    window_rule: WindowRule,
    probe: Database | None = None,
) -> Services:
    """Return the use cases; `probe` asks whether the database answers, beside the requests."""
    return Services(
        build_accounts(context, account_numbers=account_numbers, window_rule=window_rule),
        build_identity(
            context,
            passwords=passwords,
            access_tokens=access_tokens,
            account_numbers=account_numbers,
        ),
        build_metering(context, window_rule=window_rule),
        build_operations(context, probe=probe or context.database),
    )


def background_work(
    context: Context, settings: Settings, *, sms: SmsGateway, metrics: WorkerMetrics
) -> BackgroundWork:
    """Return all that the worker does: the `work` of every `app/services/<subject>/work.py`."""
    tools = WorkTools(
        context=context,
        metrics=metrics,
        sms=sms,
        domain=settings.public_url.host or "",
        retention_terms=retention_terms(settings),
        retention_rules=RETENTION_RULES,
    )
    subjects = modules_in(app.services, named="work")
    return BackgroundWork.of_all(module.work(tools) for module in subjects)


def compose(
    settings: Settings, context: Context, *, passwords: PasswordHasher, probe: Database
) -> Services:
    """Return the use cases of a deployment.

    :raises SettingsRefused: a setting that nothing can be built from.
    """
    return build_services(
        context,
        passwords=passwords,
        access_tokens=_access_tokens(settings),
        account_numbers=AccountNumbers(settings.account_number_pattern),
        window_rule=WindowRule(
            opens_days_before=settings.reading_window_opens_days_before,
            closes_on_day=settings.reading_window_closes_on_day,
        ),
        probe=probe,
    )


def context_of(settings: Settings, database: Database, clock: Clock) -> Context:
    """Return what the use cases of a deployment share.

    :raises SettingsRefused: limits under which codes could be guessed.
    """
    return Context.of(
        database=database,
        clock=clock,
        secret_key=SecretKey(*settings.secrets),
        limits=_limits(settings),
    )


def retention_terms(settings: Settings) -> RetentionTerms:
    return RetentionTerms(
        requests=timedelta(days=settings.requests_kept_days),
        messages=timedelta(days=settings.messages_kept_days),
        audit_events=timedelta(days=settings.audit_events_kept_days),
    )


def _access_tokens(settings: Settings) -> AccessTokens:
    keys_pem = settings.token_keys.get_secret_value()
    try:
        return AccessTokens(keys_pem=keys_pem, issuer=str(settings.public_url))
    except KeysUnreadable as error:
        raise SettingsRefused(
            f"The configuration is impossible:\n"
            f"  CABINET_TOKEN_KEYS: {error}; {REMEDIES['token_keys']}"
        ) from None


def _limits(settings: Settings) -> Limits:
    try:
        require_long_codes(wrong_codes_a_day=settings.wrong_codes_a_day)
    except CodesTooShort as error:
        raise SettingsRefused(
            f"The configuration is impossible:\n  CABINET_WRONG_CODES_A_DAY: {error}"
        ) from None
    limits = Limits().with_wrong_codes(settings.wrong_codes_a_day)
    limits = limits.asking(requests_a_minute=settings.member_requests_a_minute)
    limits = limits.costing(price=settings.sms_price_uah, daily_cap=settings.sms_daily_cap_uah)
    return limits if settings.limit_addresses else limits.of_one_machine()
