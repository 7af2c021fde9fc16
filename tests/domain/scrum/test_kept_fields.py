"""What is kept of an issue's fields."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.scrum.kept_fields import digest, kept, part, written
from tests.payloads import encoded

PERSON = {
    "self": "https://burnish.test/rest/api/2/user?accountId=5f0",
    "accountId": "5f0",
    "emailAddress": "ada@burnish.test",
    "avatarUrls": {"48x48": "https://avatars.burnish.test/5f0"},
    "displayName": "Ada",
    "active": True,
}
STATUS = {
    "self": "https://burnish.test/rest/api/2/status/3",
    "iconUrl": "https://burnish.test/images/inprogress.png",
    "id": "3",
    "name": "In Progress",
    "statusCategory": {
        "self": "https://burnish.test/x",
        "id": 4,
        "key": "indeterminate",
        "colorName": "blue",
    },
}
LINK = {
    "id": "1",
    "self": "https://burnish.test/link/1",
    "type": {"id": "2", "name": "Blocks", "inward": "is blocked by", "outward": "blocks", "self": "x"},
    "outwardIssue": {
        "id": "11",
        "key": "BURN-11",
        "self": "x",
        "fields": {
            "summary": "Pay",
            "status": STATUS,
            "priority": {"iconUrl": "x", "name": "High", "id": "2"},
        },
    },
}


def unread(fields: dict[str, Any]) -> dict[str, msgspec.Raw]:
    """As an event brings them."""
    return msgspec.json.decode(encoded(fields), type=dict[str, msgspec.Raw])


def as_stored(fields: dict[str, Any]) -> Any:
    return msgspec.json.decode(msgspec.json.encode(fields))


@pytest.mark.parametrize("way", [dict, unread])
def test_addresses_of_pictures_are_left_out_and_ids_and_names_stay(way: Any) -> None:
    slim, texts = kept(way({"assignee": PERSON, "status": STATUS, "issuelinks": [LINK], "labels": ["a"]}))
    status = {"id": "3", "name": "In Progress", "statusCategory": {"id": 4, "key": "indeterminate"}}
    assert as_stored(slim) == {
        "assignee": {"accountId": "5f0", "displayName": "Ada", "active": True},
        "status": status,
        "issuelinks": [
            {
                "id": "1",
                "type": {"id": "2", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"},
                "outwardIssue": {
                    "id": "11",
                    "key": "BURN-11",
                    "fields": {
                        "summary": "Pay",
                        "status": status,
                        "priority": {"id": "2", "name": "High"},
                    },
                },
            }
        ],
        "labels": ["a"],
    }
    assert texts == {}


@pytest.mark.parametrize("way", [dict, unread])
def test_long_texts_stand_apart_and_empty_fields_nowhere(way: Any) -> None:
    fields = {
        "summary": "s" * 900,
        "description": "short",
        "environment": None,
        "customfield_1": "x" * 900,
        "customfield_2": "x" * 90,
        "customfield_3": {"value": "y" * 900},
        "customfield_4": None,
        "comment": {"comments": []},
    }
    slim, texts = kept(way(fields))
    assert sorted(slim) == ["customfield_2", "customfield_3", "summary"]
    assert as_stored(texts) == {"description": "short", "customfield_1": "x" * 900}


@pytest.mark.parametrize("odd", ["text", 7, [1], {"key": {"deep": 1}}, [], True])
@pytest.mark.parametrize("name", ["assignee", "parent", "priority", "issuelinks", "subtasks"])
@pytest.mark.parametrize("way", [dict, unread])
def test_what_has_another_shape_than_jiras_is_kept_as_it_came(name: str, odd: Any, way: Any) -> None:
    slim, _ = kept(way({name: odd}))
    assert as_stored(slim) == {name: odd}


def test_parts_are_told_alike_whether_slim_or_not() -> None:
    slim, _ = kept(unread({"assignee": PERSON}))
    assert part(slim["assignee"], "displayName") == part(PERSON, "displayName") == "Ada"
    assert (
        part(slim["assignee"], "key") is part(PERSON, "key") is part(None, "key") is part("x", "key") is None
    )


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=40), max_size=3))
def test_the_same_texts_have_the_same_digest_in_whatever_order(texts: dict[str, str]) -> None:
    turned = dict(reversed(texts.items()))
    assert digest(texts) == digest(turned)
    assert (digest(texts) is None) == (not texts)
    assert digest({**texts, "description": "other"}) != digest({**texts, "description": "another"})


def test_a_text_with_half_a_sign_has_a_digest_of_its_own() -> None:
    assert None is not digest({"description": "half: \ud83d"}) != digest({"description": "half: \ud83e"})


def test_fields_are_written_as_the_store_would_and_left_where_they_cannot_be() -> None:
    fields = {"assignee": PERSON, "summary": "Pay", "customfield_1": [1.5, None]}
    assert msgspec.json.decode(written(kept(unread(fields))[0])) == as_stored(kept(fields)[0])
    odd = {"summary": "half: \ud83d"}
    assert written(odd) is odd


def test_a_digest_fits_into_a_column_of_both_databases() -> None:
    for number in range(300):
        found = digest({"description": str(number)})
        assert found is not None
        assert 0 <= found < 2**63
