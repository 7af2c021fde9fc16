"""What becomes known around a backlog leaves the order of its issues as it was, and tells no secret."""

from datetime import timedelta

from app.domain.grooming.facts import HIDDEN, Alike, Backlog
from tests.domain.grooming.backlogs import NOW, backlog, item


def like_one(of: Backlog) -> tuple[str, ...]:
    return tuple(one.key for one in of.told.alike["id-BURN-1"])


def test_a_backlog_is_ranked_once() -> None:
    of = backlog(item("BURN-2", rank="0|b"), item("BURN-1", rank="0|a"))
    ranked = of.ranked
    more = of.knowing(duplicate_link="Duplicate").knowing(suggested={}, restricted_keys=frozenset({"X-1"}))
    assert more.ranked is ranked
    assert (more.duplicate_link, more.restricted_keys) == ("Duplicate", frozenset({"X-1"}))


def test_what_becomes_known_as_restricted_is_named_no_more() -> None:
    of = backlog(item()).knowing(alike={"id-BURN-1": (Alike("OPS-7", "Pay", "To Do", 0.9),)})
    assert like_one(of) == ("OPS-7",)
    assert like_one(of.knowing(restricted_keys=frozenset({"OPS-7"}))) == (HIDDEN,)
    assert like_one(of.at(NOW + timedelta(days=1))) == ("OPS-7",)
