"""Every recorded history, replayed forward from its creation values, gives the present value.

Real histories have holes: each kind is named here with its reason. Skipped where the material is not at hand.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from app.domain.scrum.from_jira import SiteFields, instant, read_histories
from app.domain.scrum.values import EMPTY, Value, holes, present_value, spans, value_at
from tests.connectors.jira.test_recorded import REST, arisa, rows

pytestmark = pytest.mark.skipif(not REST.is_dir(), reason="recorded answers are not at hand")

SPRINT, EPIC_LINK, RANK = "customfield_10020", "customfield_10014", "customfield_10019"
SITE = SiteFields(sprint=SPRINT)

NOT_A_FIELD = {
    "Epic Child": "the other side of another issue's parent",
    "RemoteIssueLink": "a list of its own, which no document of an issue holds",
    "Workflow": "which workflow its project used",
    "WorklogId": "names the worklog that the times beside it changed with",
}
HOLES = {
    RANK: "an item says that the rank rose or fell, and never what it was",
    EPIC_LINK: "the link is gone without an item; most likely its epic was deleted",
}
EXPECTED_HOLES = {RANK: 4, EPIC_LINK: 14}


def histories() -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((document["key"], document) for document in rows("issues"))
    yield from ((document["key"], document) for _, document in arisa())


def fields_of(document: dict[str, Any]) -> Iterator[tuple[str, Value, Any]]:
    changes = read_histories((document.get("changelog") or {}).get("histories") or (), SITE)
    for field in sorted({change.field for change in changes} - NOT_A_FIELD.keys()):
        held = document["key"] if field == "Key" else document["fields"].get(field)
        yield field, present_value(field, held, sprint_field=SPRINT), changes


def test_replaying_forward_from_the_creation_values_gives_the_present_value() -> None:
    found, checked = Counter[str](), Counter[str]()
    for key, document in histories():
        for field, present, changes in fields_of(document):
            checked[field] += 1
            contradictions = holes(field, present, changes, sprint_field=SPRINT)
            if field in HOLES:
                found[field] += bool(contradictions)
                assert field == RANK or not contradictions or present == EMPTY
            else:
                assert contradictions == [], (key, field)
    assert found == EXPECTED_HOLES
    assert checked.total() > 200


def test_creation_values_are_what_the_first_change_found() -> None:
    for _, document in histories():
        created = instant(document["fields"]["created"])
        assert created is not None
        for field, present, changes in fields_of(document):
            if field in HOLES:
                continue
            lived = spans(field, present, changes, created, sprint_field=SPRINT)
            assert lived[0].since == created
            assert lived[-1].until is None
            assert lived[-1].value == present
            for span in lived:
                assert value_at(field, present, changes, span.since, sprint_field=SPRINT) == span.value


def test_an_epic_link_that_went_without_an_item_is_shown_as_a_hole() -> None:
    (document,) = (document for key, document in histories() if key == "EE-5")
    present = present_value(EPIC_LINK, document["fields"][EPIC_LINK])
    changes = read_histories(document["changelog"]["histories"], SITE)
    ((_, said, has),) = holes(EPIC_LINK, present, changes)
    assert (said.text, has) == ("EE-11", EMPTY)
