"""The one place that composes the subjects, for the API, the worker, the commands and the tests.

A new subject is named nowhere here. Its use cases, tables, settings, routes, actions, rules of
retention, jobs and scheduled work are found by where they lie.
"""

from datetime import timedelta
from typing import Final

import httpx

import app.repositories
import app.services
from app.adapters.acquirers.liqpay import LiqPayAcquirer, LiqPayKeys
from app.adapters.acquirers.liqpay_signature import Version
from app.adapters.acquirers.monobank import MonobankAcquirer
from app.adapters.sms import SmsGateway
from app.clock import Clock
from app.database import Database
from app.discovery import modules_in
from app.identifiers import AccountNumbers
from app.metrics import WorkerMetrics
from app.models.limits import Limits
from app.models.messages.code_risk import CodesTooShort, require_long_codes
from app.models.payments.acquiring import LIQPAY, Acquirer
from app.models.payments.return_urls import ReturnUrls
from app.models.retention import RetentionTerms
from app.renderings.press import TypstPress
from app.repositories.retention import RetentionRule
from app.sandbox.clock import SandboxClock
from app.sandbox.order_staff import sandbox_work
from app.security.access_tokens import AccessTokens, KeysUnreadable
from app.security.passwords import PasswordHasher
from app.security.secrets import SecretKey
from app.services import Services
from app.services.background import BackgroundWork, WorkTools
from app.services.context import Context, UseCaseTools
from app.services.payments.gateway import Gateway
from app.services.ports import Ports
from app.settings import REMEDIES, Settings, SettingsRefused

GATEWAY_TIMEOUT: Final = httpx.Timeout(8.0, connect=3.0)
"""Seconds; a call as a whole has ten (`app/adapters/acquirers/calls.py`)."""

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
    probe: Database | None = None,
) -> Services:
    """Return the use cases: the `build` of every `app/services/<subject>/use_cases.py`.

    `probe` asks whether the database answers, beside the requests.
    """
    tools = UseCaseTools(
        context=context,
        passwords=passwords,
        access_tokens=access_tokens,
        account_numbers=account_numbers,
        probe=probe or context.database,
    )
    subjects = modules_in(app.services, named="use_cases")
    return Services(*(module.build(tools) for module in subjects))


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
    work = [module.work(tools) for module in subjects]
    if settings.is_sandbox:
        work.append(sandbox_work(context.database, context.clock))
    return BackgroundWork.of_all(work)


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
        probe=probe,
    )


def clock_of(settings: Settings) -> Clock:
    """Return the clock of a deployment: only a sandbox's can be moved."""
    return SandboxClock(settings.state_dir) if settings.is_sandbox else Clock()


def context_of(
    settings: Settings, database: Database, clock: Clock, *, ports: Ports | None = None
) -> Context:
    """Return what the use cases of a deployment share.

    :raises SettingsRefused: limits under which codes could be guessed.
    """
    return Context.of(
        database=database,
        clock=clock,
        secret_key=SecretKey(*settings.secrets),
        limits=_limits(settings),
        settings=settings.of_subjects,
        ports=ports,
    )


def acquirer_http(settings: Settings) -> httpx.AsyncClient:
    """Return the client that speaks to the acquirer; whoever asks closes it."""
    if settings.acquirer == LIQPAY:
        base, headers = str(settings.liqpay_url), {}
    else:
        token = settings.monobank_token
        base = str(settings.monobank_url)
        headers = {"X-Token": token.get_secret_value()} if token else {}
    return httpx.AsyncClient(base_url=base.rstrip("/"), headers=headers, timeout=GATEWAY_TIMEOUT)


def ports_of(settings: Settings, http: httpx.AsyncClient) -> Ports:
    """Return what use cases reach by a port: the acquirer, if it has a secret, and the press."""
    public_url = str(settings.public_url).rstrip("/")
    gateway = Gateway(
        name=settings.acquirer,
        acquirer=_acquirer(settings, http),
        notification_url=f"{public_url}/v1/payment-gateways/{settings.acquirer}/notifications",
    )
    return Ports((gateway, ReturnUrls.of([public_url, *settings.allowed_origins]), TypstPress()))


def _acquirer(settings: Settings, http: httpx.AsyncClient) -> Acquirer | None:
    if settings.acquirer != LIQPAY:
        return MonobankAcquirer(http) if settings.monobank_token else None
    private = settings.liqpay_private_key
    if private is None or not settings.liqpay_public_key:
        return None
    keys = LiqPayKeys(
        public=settings.liqpay_public_key,
        private=private.get_secret_value(),
        version=Version(int(settings.liqpay_version)),
    )
    return LiqPayAcquirer(http, keys=keys, takes_sandbox=settings.is_sandbox)


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
