"""What becomes known around a backlog leaves the order of its issues as it was."""

from tests.domain.grooming.backlogs import backlog, item


def test_a_backlog_is_ranked_once() -> None:
    of = backlog(item("BURN-2", rank="0|b"), item("BURN-1", rank="0|a"))
    ranked = of.ranked
    more = of.knowing(duplicate_link="Duplicate").knowing(suggested={})
    assert more.ranked is ranked
    assert more.duplicate_link == "Duplicate"
