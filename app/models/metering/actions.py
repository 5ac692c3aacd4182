"""What is done with readings."""

from app.models.audit_actions import Action


class MeteringAction(Action):
    READINGS_SUBMITTED = "readings.submitted"
    READINGS_REFUSED = "readings.refused"
