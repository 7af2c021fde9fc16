"""Writing to one issue, and the histories of many (Cloud)."""

import json
from typing import Any

import httpx
import pytest

from connectors.errors import FieldsNotOnScreen, FieldsRequired, HistoryIncomplete, NoTransition, PartlyDone
from connectors.jira.edition import Picture
from tests.connectors.jira.site import ADF, Site, history, ok
from tests.domain.reports.adf_schema import validator

ISSUE = "/rest/api/3/issue/BURN-1"
MEDIA = "0a1b2c3d-0000-1111-2222-333344445555"
PICTURE = Picture(600, 300, "Burndown")


def transition(number: str, to: str, **fields: dict[str, Any]) -> dict[str, Any]:
    return {"id": number, "name": f"Go {number}", "to": {"id": to, "name": f"Status {to}"}, "fields": fields}


RESOLUTION = {"required": True, "name": "Resolution", "hasDefaultValue": False, "key": "resolution"}
WAYS = [
    transition("11", "1"),
    transition("31", "3", resolution=RESOLUTION),
    transition("32", "3", resolution=RESOLUTION, reason={**RESOLUTION, "name": "Reason"}),
]


async def test_a_transition_is_chosen_by_the_status_that_it_leads_to(odd_site: Site) -> None:
    odd_site.answers("GET", ISSUE + "/transitions", *[ok({"transitions": WAYS})] * 4)
    odd_site.answers("POST", ISSUE + "/transitions", httpx.Response(204), httpx.Response(204))
    assert (await odd_site.jira.transition_to("BURN-1", "1"))["id"] == "11"
    done = {"resolution": {"name": "Done"}}
    assert (await odd_site.jira.transition_to("BURN-1", "3", fields=done))["id"] == "31"
    with pytest.raises(FieldsRequired, match=r"Resolution \(resolution\)") as required:
        await odd_site.jira.transition_to("BURN-1", "3")
    assert required.value.fields == {"resolution": "Resolution"}
    with pytest.raises(NoTransition, match=r"status 9 .*Status 1 \(1\)") as none:
        await odd_site.jira.transition_to("BURN-1", "9")
    assert none.value.possible == {"1": "Status 1", "3": "Status 3"}
    sent = [json.loads(each.content) for each in odd_site.requests if each.method == "POST"]
    assert sent == [{"transition": {"id": "11"}}, {"transition": {"id": "31"}, "fields": done}]


async def test_labels_are_added_and_removed_and_never_set(site: Site) -> None:
    site.answers("PUT", ISSUE, httpx.Response(204))
    await site.jira.change_labels("BURN-1", add=["a"], remove=["b"], notify_users=False)
    assert site.bodies == [{"update": {"labels": [{"add": "a"}, {"remove": "b"}]}}]
    assert site.requests[0].url.params["notifyUsers"] == "false"
    for label in ("", "two words"):
        with pytest.raises(ValueError, match="no label"):
            await site.jira.change_labels("BURN-1", add=[label])


async def test_an_edit_names_a_field_once(site: Site) -> None:
    with pytest.raises(ValueError, match="not in both: labels"):
        await site.jira.edit_issue("BURN-1", fields={"labels": []}, update={"labels": [{"add": "x"}]})
    with pytest.raises(ValueError, match="at least one"):
        await site.jira.edit_issue("BURN-1")
    assert site.requests == []


async def test_a_picture_is_shown_by_the_id_that_the_redirect_tells(site: Site) -> None:
    site.answers(
        "POST", ISSUE + "/attachments", ok([{"id": "7", "filename": "b.png", "content": "https://c"}])
    )
    location = f"https://api.media.test/file/{MEDIA}/binary?token=hush"
    site.answers(
        "GET", "/rest/api/3/attachment/content/7", httpx.Response(303, headers={"location": location})
    )
    attached = await site.jira.attach_picture("BURN-1", "b.png", b"", "image/png", PICTURE)
    assert attached.shown
    assert isinstance(attached.block, dict)
    assert attached.block["content"][0]["attrs"]["id"] == MEDIA
    assert "hush" not in repr(attached)
    assert len(site.requests) == 2
    if schema := validator():
        assert [each.message for each in schema.iter_errors({**ADF, "content": [attached.block]})] == []


async def test_a_picture_is_linked_where_jira_does_not_tell_its_id(odd_site: Site) -> None:
    odd_site.answers("POST", ISSUE + "/attachments", ok([{"id": "7", "content": "https://c.test/7"}]))
    odd_site.answers("GET", "/rest/api/3/attachment/content/7", httpx.Response(200, content=b"\x89PNG"))
    attached = await odd_site.jira.attach_picture("BURN-1", "b.png", b"", "image/png", PICTURE)
    assert not attached.shown
    assert "https://c.test/7" in json.dumps(attached.block)
    if schema := validator():
        assert [each.message for each in schema.iter_errors({**ADF, "content": [attached.block]})] == []


async def test_cut_histories_are_read_in_bulk_and_counted(odd_site: Site) -> None:
    cut = {"total": 3, "histories": [history(2)]}
    millis = [{**history(number), "created": 1_762_077_600_000 + number * 60_000} for number in range(3)]
    first = {"issueChangeLogs": [{"issueId": "1", "changeHistories": millis[:2]}], "nextPageToken": "t"}
    rest = [{"issueId": "1", "changeHistories": millis[2:]}, {"issueId": "2", "changeHistories": millis}]
    odd_site.answers("POST", "/rest/api/3/changelog/bulkfetch", ok(first), ok({"issueChangeLogs": rest}))
    read = await odd_site.jira.histories(
        [{"id": "1", "changelog": cut}, {"id": "2", "changelog": cut}]  # type: ignore[typeddict-item]
    )
    assert {issue: len(found) for issue, found in read.items()} == {"1": 3, "2": 3}
    assert len(odd_site.requests) == 2


@pytest.mark.parametrize("embedded", [40, 100])
async def test_forty_or_more_embedded_entries_are_not_believed_to_be_all(site: Site, embedded: int) -> None:
    entries = [history(number) for number in range(embedded)]
    page = {"startAt": 0, "maxResults": 100, "total": embedded, "isLast": True, "values": entries}
    site.answers("GET", "/rest/api/3/issue/1/changelog", ok(page))
    changelog = {"total": embedded, "histories": entries}
    await site.jira.full_changelog({"id": "1", "changelog": changelog})  # type: ignore[typeddict-item]
    assert len(site.requests) == 1


async def test_a_history_that_cannot_be_whole_is_refused(site: Site) -> None:
    page = {"startAt": 0, "maxResults": 100, "total": 3, "isLast": True, "values": [history(1)]}
    site.answers("GET", "/rest/api/3/issue/1/changelog", ok(page))
    with pytest.raises(HistoryIncomplete) as caught:
        await site.jira.full_changelog({"id": "1"})
    assert (caught.value.read, caught.value.total) == (1, 3)


async def test_issues_are_moved_fifty_at_a_time_and_what_failed_is_named(odd_site: Site) -> None:
    keys = [f"BURN-{number}" for number in range(120)]
    failed = {"entries": [{"issueKey": "BURN-60", "status": 400, "errors": ["It is closed."]}]}
    odd_site.answers("POST", "/rest/agile/1.0/sprint/7/issue", *[httpx.Response(204)] * 3)
    await odd_site.jira.move_to_sprint(7, keys)
    assert [len(body["issues"]) for body in odd_site.bodies] == [50, 50, 20]
    odd_site.answers("PUT", "/rest/agile/1.0/issue/rank", httpx.Response(204), ok(failed, 207))
    with pytest.raises(PartlyDone, match=r"BURN-60: It is closed\.") as caught:
        await odd_site.jira.rank(keys, before="BURN-999")
    assert caught.value.failed == {"BURN-60": "It is closed."}
    assert caught.value.done == tuple(keys[:50])
    assert odd_site.bodies[-1]["rankAfterIssue"] == "BURN-49"


@pytest.mark.parametrize("status", [404, 400])
async def test_issue_lists_come_from_the_new_address_or_else_from_the_old_one(
    odd_site: Site, status: int
) -> None:
    new, old = "/rest/software/1.0/sprint/7/issue", "/rest/agile/1.0/sprint/7/issue"
    page = {"issues": [{"id": "1"}], "nextPageToken": "t"}
    odd_site.answers("GET", new, ok(page), ok({"issues": [{"id": "2"}], "isLast": True}), ok({}, status))
    odd_site.answers("GET", old, ok({"startAt": 0, "total": 1, "issues": [{"id": "3"}]}))
    read = [each["id"] async for each in odd_site.jira.sprint_issues(7, fields=["id"])]
    assert read == ["1", "2"]
    assert [each["id"] async for each in odd_site.jira.sprint_issues(7, fields=["id"])] == ["3"]


async def test_of_several_transitions_the_first_whose_screen_has_what_is_given_is_taken(
    odd_site: Site,
) -> None:
    ways = [
        transition("41", "3"),
        transition("42", "3", priority={"name": "Priority", "required": False}),
        transition("43", "3", priority={"name": "Priority", "required": False}, reason=RESOLUTION),
    ]
    odd_site.answers("GET", ISSUE + "/transitions", *[ok({"transitions": ways})] * 4)
    odd_site.answers("POST", ISSUE + "/transitions", *[httpx.Response(204)] * 3)
    high = {"priority": {"name": "High"}}
    taken = [
        await odd_site.jira.transition_to("BURN-1", "3"),
        await odd_site.jira.transition_to("BURN-1", "3", fields=high),
        await odd_site.jira.transition_to("BURN-1", "3", fields={**high, "reason": {"name": "Late"}}),
    ]
    assert [each["id"] for each in taken] == ["41", "42", "43"]
    with pytest.raises(FieldsNotOnScreen, match=r"has no duedate on its screen; there are: Priority"):
        await odd_site.jira.transition_to("BURN-1", "3", fields={**high, "duedate": "2026-11-30"})
