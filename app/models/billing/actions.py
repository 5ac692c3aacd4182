"""What is done with invoices and with how they are paid."""

from app.models.audit_actions import Action


class BillingAction(Action):
    INVOICE_ISSUED = "invoice.issued"
    PAYMENT_TERMS_CHANGED = "payment_terms.changed"
