"""Who may hand in readings by the thousand, and what these routes take."""

from typing import Any, Final
from uuid import uuid4

RIGHTS: Final = """
route                                                        roles   pending limited hold freeze
POST   /v1/reading-batches                                   OMT--   no      yes     yes  yes
POST   /v1/accounts/{account_id}/consumption/chart-links     OMTAV   no      yes     yes  yes
GET    /v1/readings                                          OMTAV   no      yes     yes  yes
GET    /v1/consumption/chart.svg                             public
"""

BODIES: Final[dict[str, dict[str, Any]]] = {
    "POST /v1/accounts/{account_id}/consumption/chart-links": {"theme": "dark"},
    "POST /v1/reading-batches": {
        "items": [
            {"register_id": str(uuid4()), "value": "1"},
            {
                "account_number": "1000000748",
                "meter_serial": "1",
                "register_code": "1.8.0",
                "value": "1",
            },
            {"eic": "62Z0000000000011", "register_code": "1.8.0", "value": "1"},
        ],
        "mode": "independent",
    },
}
