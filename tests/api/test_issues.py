"""Searching and reading issues over HTTP, now and as of an instant."""

from typing import Any

from app.domain.scrum.from_jira import read_issue
from app.domain.scrum.issue import Change
from app.store import issues, partial_data, sites
from app.store.partial_data import Kind, Partial
from tests.api.support import Service, is_problem
from tests.store.jql_world import at_day as at
from tests.store.jql_world import make_site

ISSUES = "/api/v1/issues"


async def a_store(service: Service) -> None:
    """Three issues of the site `demo`; WEB-1 was done on the sixth and called otherwise on the first."""

    def fill(tx: Any) -> None:
        site = make_site(tx, "demo", "http://127.0.0.1:1")
        for number, status in ((1, "5"), (2, "1"), (3, "1")):
            fields = {
                "project": {"id": "100", "key": "WEB"},
                "summary": f"Issue {number}",
                "issuetype": {"id": "10", "name": "Bug"},
                "status": {"id": status, "name": {"5": "Done", "1": "To Do"}[status]},
                "created": at(number).isoformat(),
                "updated": at(6 if number == 1 else number).isoformat(),
                "description": "long",
            }
            record = read_issue({"id": str(number), "key": f"WEB-{number}", "fields": fields}, site.fields)
            assert record is not None
            issues.save_issues(tx, site, [record], history_complete=True)
        moves = [
            Change(1, 0, at(2), "summary", None, "First", None, "Issue 1", "acc-1"),
            Change(2, 0, at(6), "status", "1", "To Do", "5", "Done", "acc-1"),
        ]
        issues.save_changes(tx, sites.get_site(tx, "demo"), {"1": moves}, final=True)

    await service.database.call_write(fill)


async def test_a_query_finds_issues_in_its_order_page_by_page(service: Service) -> None:
    await a_store(service)
    asked = {"jql": "project = WEB ORDER BY status ASC, key", "limit": "1", "fields": "summary,issuetype"}
    seen, after = [], None
    while after is not None or not seen:
        page = (await service.http.get(ISSUES, params=asked | ({"after": after} if after else {}))).json()
        assert page["total"] == 3
        seen += page["items"]
        after = page["next"]
    assert [each["key"] for each in seen] == ["WEB-2", "WEB-3", "WEB-1"]
    assert seen[0]["fields"] == {"summary": "Issue 2", "issuetype": {"id": "10", "name": "Bug"}}

    first = (await service.http.get(ISSUES, params=asked)).json()
    assert first["missing"] == []

    def lose(tx: Any) -> None:
        site = sites.get_site(tx, "demo")
        issues.bury_issues(tx, site, {"2": at(9)})
        unread = Partial(partial_data.of_project("100"), Kind.UNREAD, "Changes of WEB could not be read.")
        hidden = Partial(partial_data.SITE, Kind.FIELD_HIDDEN, "Board 1 estimates by a hidden field.")
        partial_data.note(tx, site, [unread, hidden], at=at(9))

    await service.database.call_write(lose)
    rest = (await service.http.get(ISSUES, params=asked | {"after": first["next"], "limit": "9"})).json()
    assert [each["key"] for each in rest["items"]] == ["WEB-1"], (
        "the place is kept where the last one is gone"
    )
    assert rest["missing"] == ["Changes of WEB could not be read."], "of fields the queries that name them do"

    then = {"jql": "status WAS 'To Do' AND status = 'To Do'", "asOf": "2026-03-02T12:00:00Z"}
    found = (await service.http.get(ISSUES, params=then)).json()["items"]
    there_then = [("WEB-2", "Issue 2"), ("WEB-1", "Issue 1")]  # also what was deleted since
    assert [(each["key"], each["fields"]["summary"]) for each in found] == there_then
    found = (await service.http.get(ISSUES, params={"jql": "status CHANGED"})).json()["items"]
    assert found[0]["fields"]["status"]["name"] == "Done"


async def test_an_issue_is_shown_with_its_history_now_and_then(service: Service) -> None:
    await a_store(service)
    now = (await service.http.get(f"{ISSUES}/web-1")).json()
    assert now["fields"]["description"] == "long"
    assert [(each["field"], each["before_text"], each["after_text"]) for each in now["history"]] == [
        ("summary", "First", "Issue 1"),
        ("status", "To Do", "Done"),
    ]
    asked = {"asOf": "2026-03-01T18:00:00Z", "fields": "summary, status"}
    then = (await service.http.get(f"{ISSUES}/WEB-1", params=asked)).json()
    assert (then["fields"]["summary"], then["fields"]["status"]["name"]) == ("First", "To Do")
    assert then["history"] == []
    assert (now["history_complete"], then["history_complete"]) == (True, True)
    await service.database.call_write(
        lambda tx: issues.mark_incomplete(tx, sites.get_site(tx, "demo"), ["1"])
    )
    assert not (await service.http.get(f"{ISSUES}/WEB-1", params=asked)).json()["history_complete"]
    for day, zone, status in (("2026-03-01", "UTC", "To Do"), ("2026-03-11", "UTC", "Done")):
        of_day = {**asked, "asOf": day, "timeZone": zone}
        then = (await service.http.get(f"{ISSUES}/WEB-1", params=of_day)).json()
        assert then["fields"]["status"]["name"] == status, f"at the end of {day}, as on the command line"
    is_problem(await service.http.get(f"{ISSUES}/WEB-3", params=asked), 404)
    is_problem(await service.http.get(f"{ISSUES}/WEB-99"), 404)
    await a_fault_is_told_with_its_place(service)


async def a_fault_is_told_with_its_place(service: Service) -> None:
    problem = is_problem(await service.http.get(ISSUES, params={"jql": "project = WEB AND asignee = x"}), 400)
    assert problem["type"] == "urn:burnish:problem:jql-not-understood"
    (fault,) = problem["errors"]
    assert (fault["pointer"], fault["position"]) == ("/query/jql", 18)
    assert "Did you mean assignee" in fault["detail"]
    refused = is_problem(await service.http.get(ISSUES, params={"jql": "filter = 1"}), 400)
    assert refused["type"] == "urn:burnish:problem:jql-refused"
    for wrong in ({"after": "x"}, {"fields": "nothing"}, {"timeZone": "Mars/Base"}):
        is_problem(await service.http.get(ISSUES, params=wrong), 400)
