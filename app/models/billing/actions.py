"""What is done with invoices."""

from app.models.audit_actions import Action


class BillingAction(Action):
    INVOICE_ISSUED = "invoice.issued"
