from app.services.background import BackgroundWork, ScheduledWork, WorkTools
from app.services.billing.advances import AdvanceService
from app.services.billing.instalments import InstalmentService
from app.services.billing.ledger_proofs import LedgerProofService


def work(tools: WorkTools) -> BackgroundWork:
    """Prove the ledger, keep advances in step with debts, and issue instalments on their days."""
    proofs = LedgerProofService(context=tools.context, metrics=tools.metrics)
    advances = AdvanceService(context=tools.context)
    instalments = InstalmentService(database=tools.context.database, clock=tools.context.clock)
    return BackgroundWork(
        scheduled=[
            ScheduledWork("prove_ledger", 3600.0, proofs.prove),
            ScheduledWork("even_out_advances", 60.0, advances.even_out),
            ScheduledWork("issue_instalments", 3600.0, instalments.issue_due),
        ]
    )
