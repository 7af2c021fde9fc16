"""Where the time goes, in words."""

from app.domain.flow.spent import Spent
from app.domain.reports.document import quote

MOST_STATUSES = 4
SHOWN_FROM = 0.05
"""Working days, below which nothing is told."""


def spent_in(spent: Spent) -> str:
    """By status, the longest first: "In Progress 3.1, others 0.2 of 3.3 working days from start to done"."""
    shown = [(quote(status, 40), days) for status, days in spent.statuses.items() if days >= SHOWN_FROM]
    shown = shown[:MOST_STATUSES]
    others = spent.whole - sum(days for _, days in shown)
    told = [*shown, *([("others", others)] if others >= SHOWN_FROM else [])]
    named = ", ".join(f"{status} {days:.1f}" for status, days in told)
    stopped = f", {spent.blocked:.1f} of them blocked" if spent.blocked >= SHOWN_FROM else ""
    return f"{named} of {spent.whole:.1f} working days from start to done{stopped}"
