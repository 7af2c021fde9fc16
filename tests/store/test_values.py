"""The database and the domain say the same of every field at every instant."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete

from app.domain.scrum.from_jira import read_histories, read_issue
from app.domain.scrum.values import EMPTY, Value, holes, present_value, value_at
from app.errors import NotPossible
from app.store import issues, tables
from app.store.values import values_at
from tests.factories import POINTS_FIELD, SPRINT_FIELD, day
from tests.payloads import as_jira_writes, issue, item, sprint_object
from tests.stores import a_site

ZERO = datetime(2026, 3, 2, tzinfo=UTC)
LAST = 6
IDS = ("1", "2", "3")


def at(minute: int) -> datetime:
    return ZERO + timedelta(minutes=minute)


def named(value: str | None) -> tuple[str | None, str | None]:
    return (value, f"Name {value}") if value else (None, None)


def option(value: str | None) -> dict[str, str] | None:
    return {"id": value, "name": f"Name {value}"} if value else None


ONE = st.sampled_from([None, *IDS])
SOME = st.frozensets(st.sampled_from(IDS))


@st.composite
def lives(draw: st.DrawFn, number: int) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, list[Any]]]:
    """An issue's document, its changelog, and by field what it held in each minute from its creation on."""
    created = draw(st.integers(0, 2))
    kinds: dict[str, Any] = {
        "status": st.sampled_from(IDS),
        "priority": ONE,
        "labels": SOME,
        "fixVersions": SOME,
        SPRINT_FIELD: SOME,
        POINTS_FIELD: st.sampled_from([None, 1.0, 2.5]),
        "description": st.sampled_from([None, "short", "long " * 200]),
    }
    held = {field: [draw(kind)] for field, kind in kinds.items()}
    histories = []
    for minute in range(created + 1, LAST + 1):
        items: list[Any] = []
        for field, kind in kinds.items():
            before = held[field][-1]
            after = draw(st.one_of(st.just(before), kind))
            held[field].append(after)
            if before != after:
                items += items_of(field, before, after)
        if items:
            history_id = str(number * 100 + minute)
            histories.append({"id": history_id, "created": as_jira_writes(at(minute)), "items": items})
    last = {field: values[-1] for field, values in held.items()}
    document = issue(
        number,
        created=as_jira_writes(at(created)),
        updated=at(LAST),
        priority=option(last["priority"]),
        labels=sorted(last["labels"]),
        fixVersions=[option(one) for one in sorted(last["fixVersions"])],
        sprints=[sprint_object(int(one)) for one in sorted(last[SPRINT_FIELD])] or None,
        points=last[POINTS_FIELD],
        description=last["description"],
    )
    document["fields"]["status"] = {"id": last["status"], "name": f"Name {last['status']}"}
    return document, histories, held


def items_of(field: str, before: Any, after: Any) -> list[dict[str, Any]]:
    if field in {"status", "priority"}:
        return [item(field, field, named(before), named(after))]
    if field == "fixVersions":
        gone = [item("Fix Version", field, named(one), (None, None)) for one in sorted(before - after)]
        return gone + [item("Fix Version", field, (None, None), named(one)) for one in sorted(after - before)]
    if field == SPRINT_FIELD:
        listed = [", ".join(sorted(value)) for value in (before, after)]
        return [item("Sprint", field, (listed[0], "names"), (listed[1], "names"))]
    if field == "labels":
        return [item(field, field, " ".join(sorted(before)), " ".join(sorted(after)))]
    shown = [None if value is None else str(value) for value in (before, after)]
    return [item(field, field, shown[0], shown[1])]


def expected(field: str, held: Any) -> Value:
    if not held:
        return EMPTY
    if field in {"status", "priority"}:
        return Value((held,), f"Name {held}")
    if field == "labels":
        return Value((), " ".join(sorted(held)))
    if isinstance(held, frozenset):
        return Value(tuple(sorted(held)), ", ".join(sorted(held)))
    return Value((), str(held))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.tuples(lives(1), lives(2)), minute=st.integers(0, LAST + 1))
def test_the_database_the_domain_and_the_life_itself_agree(tx: Connection, told: Any, minute: int) -> None:
    with tx.begin_nested() as savepoint:
        site = a_site(tx)
        for table in (tables.changes, tables.issue_texts, tables.issues):
            tx.execute(delete(table))
        histories = {}
        for document, entries, _ in told:
            record = read_issue(document, site.fields)
            assert record is not None
            histories[record.id] = read_histories(entries, site.fields)
            issues.save_issues(tx, site, [record], history_complete=True)
        issues.save_changes(tx, site, histories, final=True)
        for field in told[0][2]:
            found = dict(values_at(tx, site, field, at(minute)))
            for document, _, held in told:
                created = LAST + 1 - len(held[field])
                if minute < created:
                    assert document["id"] not in found
                    continue
                changes = histories[document["id"]]
                present = present_value(field, document["fields"].get(field), sprint_field=SPRINT_FIELD)
                pure = value_at(field, present, changes, at(minute), sprint_field=SPRINT_FIELD)
                assert found[document["id"]] == pure
                lived = expected(field, held[field][min(minute, LAST) - created])
                assert pure.ids == lived.ids
                assert pure.agrees(lived)
                assert holes(field, present, changes, sprint_field=SPRINT_FIELD) == []
            one = told[0][0]["id"]
            assert list(values_at(tx, site, field, at(minute), issue_ids=[one])) == [
                pair for pair in found.items() if pair[0] == one
            ]
        savepoint.rollback()


def test_a_status_without_its_old_id_is_known_from_the_change_before(tx: Connection) -> None:
    site = a_site(tx)
    document = issue(1, updated=day(9), created=as_jira_writes(day(1)))
    record = read_issue(document, site.fields)
    assert record is not None
    moves = [(5, ("1", "Open"), ("3", "Doing")), (7, (None, None), ("6", "Done"))]
    entries = [
        {
            "id": number,
            "created": as_jira_writes(day(number)),
            "items": [item("status", "status", was, became)],
        }
        for number, was, became in moves
    ]
    issues.save_issues(tx, site, [record], history_complete=True)
    issues.save_changes(tx, site, {record.id: read_histories(entries, site.fields)}, final=True)
    assert dict(values_at(tx, site, "status", day(6)))[record.id] == Value(("3",), "Doing")
    assert dict(values_at(tx, site, "status", day(4)))[record.id] == Value(("1",), "Open")


def test_the_key_of_a_moved_issue_is_told_at_any_instant(tx: Connection) -> None:
    site = a_site(tx)
    record = read_issue(issue(1, updated=day(9), created=as_jira_writes(day(1))), site.fields)
    assert record is not None
    entry = {"id": 1, "created": as_jira_writes(day(5)), "items": [item("Key", "", "OLD-4", "BURN-1")]}
    issues.save_issues(tx, site, [record], history_complete=True)
    issues.save_changes(tx, site, {record.id: read_histories([entry], site.fields)}, final=True)
    assert [dict(values_at(tx, site, "Key", day(number)))[record.id].text for number in (4, 5)] == [
        "OLD-4",
        "BURN-1",
    ]
    assert issues.find_by_key(tx, site, "OLD-4") == record.id


def test_what_is_not_kept_with_an_issue_is_refused(tx: Connection) -> None:
    with pytest.raises(NotPossible, match="'attachment' is not kept"):
        list(values_at(tx, a_site(tx), "attachment", day(1)))
