from app.services.background import BackgroundWork, ScheduledWork, WorkTools
from app.services.billing.advances import AdvanceService
from app.services.billing.ledger_proofs import LedgerProofService


def work(tools: WorkTools) -> BackgroundWork:
    """Prove the ledger, and keep advances in step with debts."""
    proofs = LedgerProofService(context=tools.context, metrics=tools.metrics)
    advances = AdvanceService(context=tools.context)
    return BackgroundWork(
        scheduled=[
            ScheduledWork("prove_ledger", 3600.0, proofs.prove),
            ScheduledWork("even_out_advances", 60.0, advances.even_out),
        ]
    )
