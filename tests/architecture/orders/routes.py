"""The lines of the table of rights for orders, and bodies for their routes."""

from typing import Any, Final
from uuid import uuid4

RIGHTS: Final = """
route                                                        roles   pending limited hold freeze
GET    /v1/services                                          public
GET    /v1/services/{service_code}                           public
GET    /v1/orders                                            OMTAV   no      yes     yes  yes
POST   /v1/orders                                            OMT--   no      yes     yes  yes
GET    /v1/orders/{order_id}                                 OMTAV   no      yes     yes  yes
PATCH  /v1/orders/{order_id}                                 OMT--   no      yes     yes  yes
POST   /v1/orders/{order_id}/submissions                     OMT--   no      yes     yes  yes
POST   /v1/orders/{order_id}/cancellations                   OMT--   no      yes     yes  yes
POST   /v1/orders/{order_id}/quote-acceptances               OMT--   no      yes     yes  yes
POST   /v1/orders/{order_id}/act-acceptances                 OMT--   no      yes     yes  yes
POST   /v1/orders/{order_id}/messages                        OMT--   no      yes     yes  yes
POST   /v1/orders/{order_id}/attachments                     OMT--   no      yes     yes  yes
GET    /v1/orders/{order_id}/attachments/{attachment_id}     OMTAV   no      yes     yes  yes
DELETE /v1/orders/{order_id}/attachments/{attachment_id}     OMT--   no      yes     yes  yes
GET    /v1/orders/{order_id}/slots                           OMTAV   no      yes     yes  yes
PUT    /v1/orders/{order_id}/appointment                     OMT--   no      yes     yes  yes
DELETE /v1/orders/{order_id}/appointment                     OMT--   no      yes     yes  yes
POST   /v1/orders/{order_id}/message-read-marks              OMTAV   no      yes     yes  yes
"""

BODIES: Final[dict[str, dict[str, Any]]] = {
    "POST /v1/orders": {
        "service_code": "meter_check",
        "account_id": str(uuid4()),
        "contact": {"name": "Олена Кравець", "phone": "+380671234588"},
    },
    "PATCH /v1/orders/{order_id}": {},
    "POST /v1/orders/{order_id}/cancellations": {"reason": "не потрібно"},
    "PUT /v1/orders/{order_id}/appointment": {"starts_at": "2026-12-01T07:00:00Z"},
    "POST /v1/orders/{order_id}/messages": {"text": "Коли приїдете?"},
}

FORMS: Final[dict[str, dict[str, Any]]] = {
    "POST /v1/orders/{order_id}/attachments": {
        "files": {"file": ("plan.pdf", b"%PDF-1.7 %%EOF", "application/pdf")},
        "data": {"document_code": "site_plan"},
    }
}
