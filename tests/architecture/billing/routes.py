"""Who may call the routes of bills, and what they take."""

from typing import Any, Final

RIGHTS: Final = """
route                                                        roles   pending limited hold freeze
GET    /v1/invoices                                          OM-AV   no      yes     yes  yes
GET    /v1/invoices/{invoice_id}                             OM-AV   no      yes     yes  yes
GET    /v1/balance                                           OM-AV   no      yes     yes  yes
GET    /v1/accounts/{account_id}/balance                     OM-AV   no      yes     yes  yes
GET    /v1/accounts/{account_id}/statement                   OM-AV   no      yes     yes  yes
GET    /v1/accounts/{account_id}/bill-forecast               OM-AV   no      yes     yes  yes
GET    /v1/accounts/{account_id}/payment-terms               OM-AV   no      yes     yes  yes
"""

BODIES: Final[dict[str, dict[str, Any]]] = {}
