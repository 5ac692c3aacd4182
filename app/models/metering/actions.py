"""What is done with readings and with the periods that they close."""

from app.models.audit_actions import Action


class MeteringAction(Action):
    READINGS_SUBMITTED = "readings.submitted"
    READINGS_REFUSED = "readings.refused"
    READING_ACCEPTED = "reading.accepted"
    READING_REJECTED = "reading.rejected"
    READING_WITHDRAWN = "reading.withdrawn"
    SETTLEMENT_CLOSED = "settlement.closed"
