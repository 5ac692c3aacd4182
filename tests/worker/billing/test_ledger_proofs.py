import pytest
from sqlalchemy import text

from app.database import Database
from app.metrics import WorkerMetrics
from app.services.billing import ledger_proofs
from app.services.billing.ledger_proofs import LedgerProofService
from app.services.context import Context
from tests.factories.registry import create_company
from tests.steps.billing.posting import charge, owed_by, post


@pytest.fixture
def proofs(context: Context, metrics: WorkerMetrics) -> LedgerProofService:
    return LedgerProofService(context=context, metrics=metrics)


def shown(metrics: WorkerMetrics) -> tuple[float | None, float | None]:
    value = metrics.registry.get_sample_value
    return (
        value("cabinet_ledger_accounts_differing"),
        value("cabinet_ledger_total_kopiykas"),
    )


async def test_an_empty_ledger_holds(proofs: LedgerProofService, metrics: WorkerMetrics) -> None:
    assert await proofs.prove() == 0
    assert shown(metrics) == (0, 0)


async def test_a_ledger_of_many_pieces_holds(
    database: Database, proofs: LedgerProofService, metrics: WorkerMetrics
) -> None:
    company = await create_company(database)
    await post(database, *(charge(str(number), company) for number in range(3)))
    async with database.begin() as session:
        await session.execute(
            text(
                "INSERT INTO ledger_accounts (id, kind, name, balance) SELECT gen_random_uuid(), "
                "'bank', n::text, 0 FROM generate_series(1, :number) n"
            ),
            {"number": 2 * ledger_proofs.PIECE},
        )

    assert await proofs.prove() == 0
    assert shown(metrics) == (0, 0)


async def test_a_balance_that_somebody_has_written_is_found(
    database: Database,
    proofs: LedgerProofService,
    metrics: WorkerMetrics,
    capfd: pytest.CaptureFixture[str],
) -> None:
    company = await create_company(database)
    await post(database, charge("1", company))
    async with database.begin() as session:
        await session.execute(
            text("UPDATE ledger_accounts SET balance = balance + 7 WHERE id = :id"),
            {"id": owed_by(company).id},
        )

    assert await proofs.prove() == 1
    assert shown(metrics) == (1, 7)
    said = capfd.readouterr()
    assert str(owed_by(company).id) in said.out + said.err
