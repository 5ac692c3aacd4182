"""What is done with payments."""

from enum import StrEnum

from app.models.audit_actions import Action


class PaymentAction(Action):
    PAYMENT_STARTED = "payment.started"
    PAYMENT_CANCELLED = "payment.cancelled"
    PAYMENT_SUCCEEDED = "payment.succeeded"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_REFUNDED = "payment.refunded"
    PAYMENT_INSTRUCTED = "payment.instructed"
    """The operator has the acquirer give money back, or take or let go what is held."""
    PAYMENT_ASSIGNED = "payment.assigned"
    PAYMENT_UNASSIGNED = "payment.unassigned"


class PaymentDeed(StrEnum):
    """What staff do with money that is no one customer's."""

    PAYOUT_POSTED = "payout.posted"
    PAYOUT_UNDONE = "payout.undone"
