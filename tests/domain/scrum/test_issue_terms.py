"""The line of an issue's terms holds what each field is known by, and nothing else, whatever Jira sends."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.domain.scrum.issue_terms import (
    ALL_PARTS,
    END,
    PARTS,
    SPRINT,
    line_of,
    marked,
    terms_in,
    terms_of,
)
from app.domain.scrum.kept_fields import kept

texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\x0e\x12\x1a\x1e\x1f\t Σİ*[?"))
scalars = st.none() | st.booleans() | st.integers() | texts
things = st.dictionaries(st.sampled_from(ALL_PARTS), scalars)
values = scalars | things | st.lists(scalars | things, max_size=3)
documents = st.dictionaries(st.sampled_from([*PARTS, "status", "customfield_1"]), values)


def unread(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in fields.items()}


@given(fields=documents, sprints=st.frozensets(st.integers(1, 99)))
def test_the_line_says_of_each_field_what_it_is_known_by(
    fields: dict[str, Any], sprints: frozenset[int]
) -> None:
    expected = {marked(SPRINT, str(each)) for each in sprints}
    for name, parts in PARTS.items():
        expected |= {marked(name, term) for term in terms_in(fields.get(name), parts)}
    for document in (fields, unread(fields)):
        slim, _ = kept(document)
        line = line_of(slim, sprints)
        assert {each + END for each in line.split(END)[:-1]} == expected
        for name in PARTS:
            there = terms_in(fields.get(name), PARTS[name])
            assert (marked(name) in line) == bool(there)
            plain = {each for each in there if marked(name, each) == f"{marked(name)}{each}{END}"}
            assert terms_of(line, name) == plain


def test_a_person_is_known_by_account_and_name_in_any_case() -> None:
    slim, _ = kept({"assignee": {"accountId": "5b10:AB", "displayName": " Émile Zola ", "active": True}})
    line = line_of(slim, ())
    assert marked("assignee", "5b10:ab") in line
    assert marked("assignee", "émile zola") in line
    assert marked("assignee", "zola") not in line
    assert marked("reporter") not in line
