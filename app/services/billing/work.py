from app.services.background import BackgroundWork, ScheduledWork, WorkTools
from app.services.billing.ledger_proofs import LedgerProofService


def work(tools: WorkTools) -> BackgroundWork:
    """Prove the ledger."""
    proofs = LedgerProofService(context=tools.context, metrics=tools.metrics)
    return BackgroundWork(scheduled=[ScheduledWork("prove_ledger", 3600.0, proofs.prove)])
