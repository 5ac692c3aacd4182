"""What audit trails can tell is named once, whatever subject it belongs to."""

import re

from app.models.known_actions import known_actions


def test_every_action_has_a_name_of_its_own() -> None:
    names = [action.value for action in known_actions()]

    assert len(names) == len(set(names)) > 30
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", name) for name in names)


def test_what_another_company_sees_leads_back() -> None:
    for action in known_actions():
        assert action.seen_by_other.seen_by_other is action
