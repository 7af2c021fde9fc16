"""What every field held at every instant, from what it holds now and what changed since."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.scrum.from_jira import SiteFields, read_histories
from app.domain.scrum.issue import KEY
from app.domain.scrum.values import EMPTY, Value, holes, present_value, value_at
from tests.factories import FLAG_FIELD, POINTS_FIELD, SPRINT_FIELD, day
from tests.payloads import as_jira_writes, issue, item, sprint_object

FIELDS = SiteFields(SPRINT_FIELD, FLAG_FIELD)
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


@settings(max_examples=25, deadline=None)
@given(told=lives(1), minute=st.integers(0, LAST))
def test_a_history_read_backwards_tells_what_was_lived(told: Any, minute: int) -> None:
    document, entries, lived = told
    changes = read_histories(entries, FIELDS)
    for field, held in lived.items():
        created = LAST + 1 - len(held)
        present = present_value(field, document["fields"].get(field), sprint_field=SPRINT_FIELD)
        told_then = value_at(field, present, changes, at(max(minute, created)), sprint_field=SPRINT_FIELD)
        had = expected(field, held[max(minute - created, 0)])
        assert told_then.ids == had.ids
        assert told_then.agrees(had)
        assert holes(field, present, changes, sprint_field=SPRINT_FIELD) == []


def test_a_status_without_its_old_id_is_known_from_the_change_before() -> None:
    moves = [(5, ("1", "Open"), ("3", "Doing")), (7, (None, None), ("6", "Done"))]
    entries = [
        {
            "id": number,
            "created": as_jira_writes(day(number)),
            "items": [item("status", "status", was, became)],
        }
        for number, was, became in moves
    ]
    changes, present = read_histories(entries, FIELDS), Value(("6",), "Done")
    assert value_at("status", present, changes, day(6)) == Value(("3",), "Doing")
    assert value_at("status", present, changes, day(4)) == Value(("1",), "Open")


def test_the_key_of_a_moved_issue_is_told_at_any_instant() -> None:
    entry = {"id": 1, "created": as_jira_writes(day(5)), "items": [item("Key", "", "OLD-4", "BURN-1")]}
    changes, present = read_histories([entry], FIELDS), present_value(KEY, "BURN-1")
    assert [value_at(KEY, present, changes, day(number)).text for number in (4, 5)] == ["OLD-4", "BURN-1"]
