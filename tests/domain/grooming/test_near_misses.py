"""What looks wrong at first sight and is not, as a team would see it."""

from app.domain.grooming.facts import Children
from tests.domain.grooming.backlogs import ago, backlog, children, epic, found, item, keys


def test_an_epic_is_not_stale_while_its_children_get_done() -> None:
    """Done children are in no backlog any more; that they were done is known."""
    quiet = epic("BURN-1", touched_at=ago(200))
    for days, expected in ((100, ["BURN-1"]), (1, [])):
        done = children(BURN_1=Children(done=3, last_at=ago(days)))
        assert keys(found("stale", backlog(quiet, all_children=done))) == expected
    (told,) = found("stale", backlog(quiet, all_children=children(BURN_1=Children(done=3, last_at=ago(100)))))
    assert "for 100 days" in told.reason


def test_nothing_is_called_stale_whose_history_was_not_read() -> None:
    """Somebody may have touched it yesterday; a policy would close it."""
    assert keys(found("stale", backlog(item(touched_at=ago(200))))) == ["BURN-1"]
    assert found("stale", backlog(item(touched_at=ago(200), history_complete=False))) == []
    child = item("BURN-2", parent="id-BURN-1", touched_at=ago(200), history_complete=False)
    assert found("stale", backlog(epic("BURN-1", touched_at=ago(200)), child)) == []
