"""The lines of the table of rights for calendars."""

from typing import Any, Final

RIGHTS: Final = """
route                                                        roles   pending limited hold freeze
GET    /v1/calendar.ics                                      public
POST   /v1/me/calendar-link                                  OMTAV   no      yes     no   no
DELETE /v1/me/calendar-link                                  OMTAV   no      yes     yes  yes
"""

BODIES: Final[dict[str, dict[str, Any]]] = {}
