"""The actions of every subject, found by where they lie: a new subject edits no list."""

from functools import cache

import app.models
from app.discovery import modules_in
from app.models.audit_actions import Action


@cache
def known_actions() -> tuple[Action, ...]:
    """Return what audit trails can tell, in the order of the names.

    The actions are those of every `app/models/<subject>/actions.py`.
    """
    for _ in modules_in(app.models, named="actions"):
        pass
    found = [action for actions in Action.__subclasses__() for action in actions]
    return tuple(sorted(found))
