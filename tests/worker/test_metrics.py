"""What operators see of the worker."""

import asyncio
import socket
from datetime import timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import Database
from app.errors import Busy
from app.metrics import MetricsServer, WorkerMetrics
from app.models.limits import Limits
from app.models.limits.kinds import DAY
from app.repositories.limits import LimitRepository
from app.security.access_tokens import AccessTokens
from app.services.messages.delivery import MessageService
from app.services.operations.backlog import BacklogService
from app.services.operations.retention import RetentionService
from app.settings import SettingsRefused, load_settings
from app.worker import work
from tests.fakes.clock import FrozenClock
from tests.fakes.sms_gateway import FakeSmsGateway, Fault
from tests.faults.processes import free_port
from tests.worker.aged import past_of_a_company
from tests.worker.codes import issue_code
from tests.worker.processes import configuration


def value(metrics: WorkerMetrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"cabinet_{name}", labels)


async def test_what_has_not_left_is_shown_with_its_age(
    database: Database, clock: FrozenClock, messages: MessageService, metrics: WorkerMetrics
) -> None:
    backlog = BacklogService(database=database, clock=clock, metrics=metrics, limits=Limits())
    underway = await issue_code(database, now=clock.now())
    # The queue goes by the database's clock.
    clock.advance(timedelta(days=30_000))
    await backlog.measure()
    assert value(metrics, "jobs_waiting") == 1
    assert (value(metrics, "jobs_oldest_waiting_seconds") or 0) > 0
    clock.advance(timedelta(seconds=40) - timedelta(days=30_000))

    await backlog.measure()
    assert value(metrics, "messages_waiting") == 1
    assert value(metrics, "messages_oldest_waiting_seconds") == 40
    await messages.deliver(underway.message.id)
    await backlog.measure()
    assert value(metrics, "messages_waiting") == 0
    assert value(metrics, "messages_oldest_waiting_seconds") == 0


async def test_the_money_left_is_shown_by_share(
    database: Database, clock: FrozenClock, metrics: WorkerMetrics
) -> None:
    limits = Limits()
    backlog = BacklogService(database=database, clock=clock, metrics=metrics, limits=limits)
    spent = limits.sending_reset(nobody="", phone="+380671234588", device=None)
    spent += limits.telling_of_strangers(3)
    async with database.begin() as transaction:
        await LimitRepository(transaction).charge(spent[:-2], now=clock.now())
        await LimitRepository(transaction).charge(spent[-2:], now=clock.now())

    await backlog.measure()

    left = {share: value(metrics, "sms_segments_left", share=share) for share in limits.shares()}
    assert left == {
        "all": 2000 - 4,
        "new_phones": 1000 - 3,
        "resets_elsewhere": 300 - 1,
        "members": 200,
    }
    clock.advance(DAY)
    await backlog.measure()
    assert value(metrics, "sms_segments_left", share="all") == 2000


async def test_messages_are_counted_by_what_became_of_them(
    database: Database,
    clock: FrozenClock,
    gateway: FakeSmsGateway,
    messages: MessageService,
    metrics: WorkerMetrics,
) -> None:
    sent = await issue_code(database, now=clock.now())
    await messages.deliver(sent.message.id)
    gateway.fault = Fault.SERVER_ERROR
    late = await issue_code(database, now=clock.now())
    await messages.deliver(late.message.id)
    clock.advance(timedelta(minutes=5))
    await messages.deliver(late.message.id)

    assert value(metrics, "messages_total", status="sent") == 1
    assert value(metrics, "messages_total", status="failed") == 1
    assert value(metrics, "message_send_seconds_count", outcome="accepted") == 1
    assert value(metrics, "message_send_seconds_count", outcome="unavailable") == 1


async def test_what_was_forgotten_is_counted(
    database: Database,
    clock: FrozenClock,
    access_tokens: AccessTokens,
    retention: RetentionService,
    metrics: WorkerMetrics,
) -> None:
    past = await past_of_a_company(database, access_tokens)
    await past.add("sign_ups", clock.now() - timedelta(days=30), rows=3)

    await retention.purge()

    assert value(metrics, "forgotten_rows_total", kind="sign_ups") == 3


def test_work_is_timed_and_its_failures_are_counted(metrics: WorkerMetrics) -> None:
    with pytest.raises(Busy), metrics.working("sweep_messages"):
        raise Busy(retry_after=1)
    assert value(metrics, "worker_last_done_timestamp_seconds", work="sweep_messages") is None

    with metrics.working("sweep_messages"):
        assert value(metrics, "worker_failures_total", work="sweep_messages") == 1

    assert value(metrics, "worker_work_seconds_count", work="sweep_messages") == 2
    assert value(metrics, "worker_last_done_timestamp_seconds", work="sweep_messages")


def test_a_worker_listens_only_while_its_queue_can_wake_it(metrics: WorkerMetrics) -> None:
    with metrics.listening():
        assert value(metrics, "worker_listening") == 1
    assert value(metrics, "worker_listening") == 0


async def test_prometheus_is_answered_on_a_port_of_its_own(metrics: WorkerMetrics) -> None:
    port = free_port()
    server = MetricsServer(metrics.registry)
    server.open(host="127.0.0.1", port=port)

    async with asyncio.timeout(5), httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/metrics")

    assert "cabinet_worker_listening 0.0" in answer.text
    server.close()


async def test_a_port_that_is_taken_stops_the_start(
    engine: AsyncEngine, gateway: FakeSmsGateway
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        settings = load_settings(**configuration(engine.url, gateway), worker_metrics_port=port)

        with pytest.raises(SettingsRefused, match="CABINET_WORKER_METRICS_PORT"):
            await work(settings)
