"""Duplicates and estimates from the store, in step with it."""

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from app.domain.scrum.from_jira import read_issue
from app.domain.similarity.estimates import FEWEST_PAST, NoSuggestion, Suggestion
from app.errors import NotFound, NotPossible
from app.services.similarity import Learnt, SuggestedEstimate
from app.store import boards, issues, other_teams, sites, things
from app.store.sites import Site
from tests.factories import BEFORE_START, DONE, TO_DO, a_board, day
from tests.payloads import as_jira_writes, issue
from tests.stores import a_site

ADF = {
    "type": "doc",
    "version": 1,
    "content": [
        {"type": "paragraph", "content": [{"type": "text", "text": "Spinner turns, then TimeoutError."}]}
    ],
}
TEXTS: tuple[dict[str, Any], ...] = (
    {"summary": "Login fails with a timeout on the mobile app", "description": ADF},
    {"summary": "Mobile app times out", "description": "TimeoutError after logging in", "status": DONE},
    {"summary": "Export of invoices as PDF loses umlauts", "description": None},
    {"summary": "Dark mode for the settings page", "description": "Everybody asks."},
    {"summary": "Login with a passkey", "description": "Instead of a password."},
)
EFFORT = {"typo": 1, "label": 1, "form": 3, "report": 5, "migration": 13}


def save(tx: Connection, site: Site, number: int, **fields: Any) -> None:
    record = read_issue(issue(number, **fields), site.fields)
    assert record is not None
    issues.save_issues(tx, site, [record], history_complete=True)


def a_backlog(tx: Connection) -> Site:
    site = a_site(tx)
    sites.replace_statuses(
        tx,
        site.id,
        [
            {"id": each, "name": name, "statusCategory": {"key": category}}
            for each, name, category in ((TO_DO, "To Do", "new"), (DONE, "Done", "done"))
        ],
    )
    for number, fields in enumerate(TEXTS, 1):
        save(tx, site, number, updated=day(1), points=None, **fields)
    return site


def a_team(tx: Connection, number: int = 120, *, tells: bool = True) -> Site:
    """Done issues, and one to do: BURN-999, unestimated, about a migration."""
    site = a_backlog(tx)
    boards.save_board(tx, site.id, a_board(), heard_at=day(0), project_key="BURN")
    chance = random.Random(3)
    for each in range(number):
        about = chance.choice(list(EFFORT))
        created = BEFORE_START + timedelta(days=each)
        save(
            tx,
            site,
            1000 + each,
            summary=f"{about.capitalize()} of the {chance.choice(['orders', 'users'])} page",
            points=EFFORT[about] if tells else chance.choice([1, 3, 5, 13]),
            status=DONE,
            created=as_jira_writes(created),
            updated=created + timedelta(days=2),
        )
    save(tx, site, 999, summary="Migration of the archive", points=None, updated=day(2))
    return site


def another_team(
    tx: Connection, site: Site, project: str = "ORDER", *, board: int = 2, number: int = 60
) -> None:
    """Done issues of a project with a board that estimates on a scale of its own."""
    boards.save_board(tx, site.id, a_board(id=board), heard_at=day(0), project_key=project)
    chance = random.Random(project)
    for each in range(number):
        about = chance.choice(list(EFFORT))
        save(
            tx,
            site,
            10_000 * board + each,
            project=project,
            summary=f"{about.capitalize()} of the {project} list",
            points=EFFORT[about] * 10,
            status=DONE,
            created=as_jira_writes(BEFORE_START - timedelta(days=each)),
            updated=BEFORE_START,
        )


def suggested(tx: Connection, site: Site, key: str = "BURN-999", **options: Any) -> SuggestedEstimate:
    return Learnt().estimate(tx, site, key, **options)


def test_a_probable_duplicate_is_found_with_its_state_and_the_reason(tx: Connection) -> None:
    site = a_backlog(tx)
    found = Learnt().duplicates(tx, site, "BURN-1", limit=10)
    first = found.candidates[0]
    assert (found.key, found.compared_with, first.key) == ("BURN-1", 4, "BURN-2")
    assert (first.done, first.status, first.linked) == (True, "Done", False)
    assert {"TimeoutError", "mobile", "app"} <= {each.word for each in first.reason.words}
    assert "mobile app" in first.reason.phrases
    assert all(each.key != "BURN-1" for each in found.candidates)


def test_at_most_as_many_are_told_as_were_asked_for(tx: Connection) -> None:
    site = a_backlog(tx)
    assert len(Learnt().duplicates(tx, site, "BURN-1", limit=1).candidates) == 1


def test_what_is_linked_already_is_told_so(tx: Connection) -> None:
    site = a_backlog(tx)
    link = {"id": "1", "type_id": "1", "source_id": "12", "target_id": "11"}
    things.replace_links(tx, site, {"11": things.OfIssue((link,), day(2))})
    assert Learnt().duplicates(tx, site, "BURN-1", limit=1).candidates[0].linked


def test_the_own_family_is_left_out_and_told_apart(tx: Connection) -> None:
    """As in the grooming of the backlog: parents, parts, and sub-tasks beside it; no stories of one epic."""
    site, said = a_backlog(tx), TEXTS[0]
    part = {"issuetype": {"id": "10003", "name": "Sub-task", "subtask": True}}

    def below(number: int) -> dict[str, Any]:
        return {"parent": {"id": f"1{number}", "key": f"BURN-{number}"}}

    save(tx, site, 20, updated=day(2), **said)
    for number in (1, 21):
        save(tx, site, number, updated=day(2), **said, **below(20))
    for number in range(30, 36):
        save(tx, site, number, updated=day(2), **said, **below(1), **part)
    learnt = Learnt()

    def told(key: str) -> tuple[list[str], set[str]]:
        found = learnt.duplicates(tx, site, key, limit=2)
        return [each.key for each in found.candidates], set(found.family)

    assert told("BURN-1") == (["BURN-21", "BURN-2"], {"BURN-20", *(f"BURN-{n}" for n in range(30, 36))})
    beside, family = told("BURN-30")
    assert beside == ["BURN-21", "BURN-2"]
    assert family == {"BURN-1", "BURN-20", *(f"BURN-{n}" for n in range(31, 36))}


def test_new_edited_and_deleted_issues_change_what_is_told(tx: Connection) -> None:
    site, learnt = a_backlog(tx), Learnt()

    def keys() -> list[str]:
        return [each.key for each in learnt.duplicates(tx, site, "BURN-1", limit=3).candidates]

    assert keys()[0] == "BURN-2"
    save(tx, site, 6, updated=day(2), **TEXTS[0])
    assert keys()[:2] == ["BURN-6", "BURN-2"]
    save(tx, site, 6, updated=day(3), summary="Something else", description=None)
    assert keys()[0] == "BURN-2"
    issues.bury_issues(tx, site, {"12": day(4)})
    assert "BURN-2" not in keys()


def test_only_the_own_project_is_looked_at_unless_asked(tx: Connection) -> None:
    site, learnt = a_backlog(tx), Learnt()
    save(tx, site, 77, updated=day(2), project="ORDER", **TEXTS[0])
    near, far = (
        learnt.duplicates(tx, site, "BURN-1", limit=1, everywhere=everywhere).candidates[0].key
        for everywhere in (False, True)
    )
    assert (near, far) == ("BURN-2", "ORDER-77")


def test_an_issue_that_nobody_knows_is_named(tx: Connection) -> None:
    site = a_team(tx, 0)
    with pytest.raises(NotFound, match="BURN-4711"):
        Learnt().duplicates(tx, site, "BURN-4711", limit=1)
    with pytest.raises(NotFound, match="BURN-4711"):
        suggested(tx, site, "BURN-4711")


def test_an_unestimated_issue_gets_the_estimate_of_its_like(tx: Connection) -> None:
    found = suggested(tx, a_team(tx))
    assert isinstance(found.answer, Suggestion)
    assert (found.answer.estimate, found.unit, found.present, found.board) == (13, "Story Points", None, 1)
    assert found.answer.record.error < found.answer.record.median_error
    assert {each.estimate for each in found.neighbours} == {13}
    assert all(each.summary.startswith("Migration") for each in found.neighbours)


def test_a_team_whose_texts_do_not_tell_gets_the_reason(tx: Connection) -> None:
    found = suggested(tx, a_team(tx, tells=False))
    assert isinstance(found.answer, NoSuggestion)
    assert "median" in found.answer.reason
    assert found.neighbours == ()


def test_an_issue_is_not_learnt_from_to_estimate_itself(tx: Connection) -> None:
    site, learnt = a_team(tx), Learnt()
    found = learnt.estimate(tx, site, "BURN-1007")
    assert found.present is not None
    assert isinstance(found.answer, Suggestion)
    assert found.answer.learnt_from == 119
    assert "BURN-1007" not in {each.key for each in found.neighbours}


def test_what_was_learnt_is_learnt_again_when_the_past_changes(tx: Connection) -> None:
    site, learnt = a_team(tx), Learnt()

    def learnt_from() -> int:
        answer = learnt.estimate(tx, site, "BURN-999").answer
        assert isinstance(answer, Suggestion)
        return answer.learnt_from

    assert learnt_from() == 120
    issues.bury_issues(tx, site, {"11000": day(4)})
    assert learnt_from() == 119


def test_what_other_teams_of_the_site_say_is_heard_and_only_the_own_issues_are_shown(tx: Connection) -> None:
    site = a_team(tx)
    another_team(tx, site)
    found = suggested(tx, site)
    assert isinstance(found.answer, Suggestion)
    assert (found.answer.estimate, found.answer.other_teams, found.answer.learnt_from) == (13, 1, 120)
    assert all(each.key.startswith("BURN-") for each in found.neighbours)


def test_other_teams_are_heard_anew_on_the_next_day_of_the_site(tx: Connection) -> None:
    """What they make of a text hardly changes; reading them for every question would take its time."""
    site, learnt = a_team(tx), Learnt()

    def heard() -> int:
        answer = learnt.estimate(tx, site, "BURN-999").answer
        assert isinstance(answer, Suggestion)
        return answer.other_teams

    assert heard() == 0
    another_team(tx, site)
    assert heard() == 0
    save(tx, site, 998, summary="Something else", points=None, updated=day(200))
    assert heard() == 1


def test_teams_are_the_largest_projects_whose_boards_estimate_points(tx: Connection) -> None:
    site = a_team(tx)
    another_team(tx, site)
    another_team(tx, site, "SMALL", board=3, number=FEWEST_PAST - 1)
    another_team(tx, site, "HOURS", board=4)
    hours = a_board(id=4, estimation_field="timeoriginalestimate", estimation_name="Original Estimate")
    boards.save_board(tx, site.id, hours, heard_at=day(1), project_key="HOURS")
    another_team(tx, site, "BLIND", board=5)
    boards.save_board(tx, site.id, a_board(id=5, columns=()), heard_at=day(1), project_key="BLIND")
    found = dict(other_teams.teams(tx, site, 5))
    assert {key: len(every) for key, every in found.items()} == {"BURN": 120, "ORDER": 60}
    assert list(dict(other_teams.teams(tx, site, 1))) == ["BURN"]
    boards.save_board(tx, site.id, a_board(id=6), heard_at=day(1), project_key="BLIND")
    assert list(dict(other_teams.teams(tx, site, 5))) == ["BURN", "BLIND", "ORDER"]


def test_of_a_large_team_the_issues_that_changed_last_are_heard(
    tx: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = a_team(tx)
    issues.bury_issues(tx, site, {"11119": day(4)})
    monkeypatch.setattr(other_teams, "MOST_OF_A_TEAM", 50)
    found = dict(other_teams.teams(tx, site, 1))["BURN"]
    assert [one.text.id for one in found] == [str(11_118 - place) for place in range(50)]


@pytest.mark.parametrize(
    ("board", "reason"),
    [
        pytest.param(None, "No board of project BURN", id="none"),
        pytest.param({"estimation_field": None}, "No board of project BURN", id="counts issues"),
        pytest.param(
            {"estimation_field": "timeoriginalestimate", "estimation_name": "Original Estimate"},
            "estimates by Original Estimate",
            id="time",
        ),
        pytest.param({"columns": ()}, "no column with statuses", id="no columns"),
    ],
)
def test_without_a_board_that_tells_it_is_said_what_is_missing(
    tx: Connection, board: dict[str, Any] | None, reason: str
) -> None:
    site = a_backlog(tx)
    if board is not None:
        boards.save_board(tx, site.id, a_board(**board), heard_at=day(0), project_key="BURN")
    with pytest.raises(NotPossible, match=reason):
        suggested(tx, site, "BURN-1")


def test_a_board_is_taken_by_its_number(tx: Connection) -> None:
    site = a_team(tx)
    other = a_board(id=2, name="Other", estimation_field="customfield_1", estimation_name="Sizes")
    boards.save_board(tx, site.id, other, heard_at=day(0), project_key="ELSE")
    found = suggested(tx, site, board_id=2)
    assert isinstance(found.answer, NoSuggestion)
    assert (found.board, found.unit) == (2, "Sizes")
    with pytest.raises(NotFound, match="board 3"):
        suggested(tx, site, board_id=3)
