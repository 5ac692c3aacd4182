"""Who may pay bills, and a body for the route that begins a payment."""

from typing import Any, Final
from uuid import uuid4

RIGHTS: Final = """
route                                                        roles   pending limited hold freeze
GET    /v1/payment-gateways/monobank/notifications           public
POST   /v1/payment-gateways/liqpay/notifications             public
POST   /v1/payment-gateways/monobank/notifications           public
GET    /v1/accounts/{account_id}/statement/export            OM-AV   no      yes     yes  yes
GET    /v1/invoices/{invoice_id}/document                    OM-AV   no      yes     yes  yes
GET    /v1/accounts/{account_id}/payment-slip                OM-AV   no      yes     yes  yes
GET    /v1/invoices/{invoice_id}/payment-slip                OM-AV   no      yes     yes  yes
GET    /v1/invoices/{invoice_id}/payment-slip.png            OM-AV   no      yes     yes  yes
GET    /v1/invoices/{invoice_id}/payment-slip.svg            OM-AV   no      yes     yes  yes
GET    /v1/payments                                          OM-AV   no      yes     yes  yes
POST   /v1/payments                                          OM-A-   no      yes     yes  yes
GET    /v1/payments/{payment_id}                             OM-AV   no      yes     yes  yes
POST   /v1/payments/{payment_id}/cancellations               OM-A-   no      yes     yes  yes
"""
BODIES: Final[dict[str, dict[str, Any]]] = {
    "POST /v1/payments": {"invoice_ids": [str(uuid4())]},
}
