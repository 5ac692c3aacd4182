"""What is done with invoices and with how they are paid."""

from app.models.audit_actions import Action


class BillingAction(Action):
    INVOICE_ISSUED = "invoice.issued"
    INVOICE_DISPUTED = "invoice.disputed"
    INVOICE_DISPUTE_ENDED = "invoice.dispute_ended"
    PAYMENT_TERMS_CHANGED = "payment_terms.changed"
