"""What is done with invoices and with how they are paid."""

from enum import StrEnum

from app.models.audit_actions import Action


class BillingAction(Action):
    INVOICE_ISSUED = "invoice.issued"
    INVOICE_DISPUTED = "invoice.disputed"
    INVOICE_DISPUTE_ENDED = "invoice.dispute_ended"
    PAYMENT_TERMS_CHANGED = "payment_terms.changed"


class BillingDeed(StrEnum):
    """What staff do that concerns all customers."""

    TARIFFS_LOADED = "tariffs.loaded"
    REACTIVE_RATES_LOADED = "reactive_rates.loaded"
    PENALTY_RATES_LOADED = "penalty_rates.loaded"
