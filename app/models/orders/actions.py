"""What is done to orders."""

from enum import StrEnum

from app.models.audit_actions import Action


class OrderAction(Action):
    ORDER_DRAFTED = "order.drafted"
    ORDER_CHANGED = "order.changed"
    ORDER_SUBMITTED = "order.submitted"
    ORDER_MOVED = "order.moved"
    ORDER_DOCUMENT_ADDED = "order.document_added"
    ORDER_DOCUMENT_REMOVED = "order.document_removed"
    ORDER_SCHEDULED = "order.scheduled"
    ORDER_MESSAGE_SENT = "order.message_sent"
    ORDER_OPENED = "order.opened"
    ORDER_COMPENSATED = "order.compensated"


class OrderDeed(StrEnum):
    """What staff do that concerns all customers."""

    SLOTS_LOADED = "slots.loaded"
