"""How long rows are kept: what an operator may change.

Personal data are kept no longer than their purpose needs (Law of Ukraine "On Personal Data
Protection", articles 6 and 15). Each subject lists its own rules in
`app/repositories/<subject>/retention.py`. What no rule names stays: the register, members, links,
readings and their receipts, and the consent to a link, which holds ids only.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionTerms:
    requests: timedelta = timedelta(days=30)
    """What waited for a code, the code, and how to reach a removed member: while somebody may
    still ask what became of it."""
    messages: timedelta = timedelta(days=90)
    """To settle with the provider, or with a customer, what was sent and what arrived."""
    audit_events: timedelta = timedelta(days=3 * 365 + 1)
    """As long as a claim may be brought to court: three years (Civil Code, article 257)."""
