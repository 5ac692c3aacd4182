"""Why a payment cannot be begun or ended."""

from typing import Self

from app.errors import Conflict, Flaw, Invalid


class InvoiceAlreadyPaid(Conflict):
    """Nothing is owed of an invoice that was to be paid; it may also be cancelled or disputed."""

    code = "invoice_already_paid"
    members = ("invoice_id",)


class PaymentInProgress(Conflict):
    """An invoice is being paid already, perhaps in another window."""

    code = "payment_in_progress"
    members = ("payment_id", "page_url")


class AmountInvalid(Invalid):
    """No amount that can be paid, or more than may be paid at once."""

    code = "amount_invalid"
    members = ("smallest", "largest")

    @classmethod
    def of_field(cls, **facts: str) -> Self:
        """Return the refusal of the body's `amount`."""
        return cls(flaws=[Flaw("/amount", cls.code)], **facts)

    @classmethod
    def of_parameter(cls, **facts: str) -> Self:
        """Return the refusal of the parameter `amount`."""
        return cls(flaws=[Flaw("amount", cls.code)], smallest="0.01", **facts)


class ReturnUrlNotAllowed(Invalid):
    """The page to come back to is none of the operator's."""

    code = "return_url_not_allowed"


class PaymentNotCancellable(Conflict):
    """Somebody has paid, or the payment has ended."""

    code = "payment_not_cancellable"
