"""Policies as they are written: what is read, and what is refused with its place and the way out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.grooming.policy import Document, PolicyNotUnderstood, read_policy
from tests.domain.grooming.test_ladder import a_policy


@pytest.mark.parametrize(
    ("change", "says", "place"),
    [
        ({"ladder": []}, "length", ""),
        ({"ladder": [{"step": "comment"}]}, "needs 'text'", "/ladder/0"),
        (
            {"ladder": [{"step": "label", "label": "a b"}]},
            "'a b' is not a label: .* without blanks",
            "/ladder/0/label",
        ),
        ({"ladder": [{"step": "report", "after": "3 days"}]}, "no waiting time", "/ladder/0/after"),
        ({"ladder": [{"step": "report", "label": "x"}]}, "has no 'label'", "/ladder/0/label"),
        ({"visible_to": {}}, "names nothing; name either a role or a group", "/visible_to"),
        (
            {"visible_to": {"role": "A", "group": "b"}},
            "names role 'A', group 'b'; name either",
            "/visible_to",
        ),
        ({"visible_to": {"user": "ada"}}, "names user 'ada'; name either a role", "/visible_to"),
        ({"mode": "on"}, "mode", ""),
        ({"limits": {"per_run": 0}}, "per_run", ""),
        ({"checks": {}}, "checks", ""),
        ({"lader": []}, "lader", ""),
    ],
)
def test_a_policy_that_cannot_be_read_names_what_is_wrong(change: Any, says: str, place: str) -> None:
    with pytest.raises(PolicyNotUnderstood, match=says) as refused:
        a_policy(**change)
    assert refused.value.field.startswith(place)


def test_all_faults_of_a_policy_are_told_at_once_with_place_value_and_what_there_is() -> None:
    ladder = [{"step": "repot"}, {"step": "label", "after": "x"}, {"step": "comment", "txt": "Why?"}]
    with pytest.raises(PolicyNotUnderstood) as refused:
        a_policy(name="/", board="one", ladder=ladder, mode="alive", exempt={"lables": ["x"]}, visible_to={})
    assert dict(refused.value.faults).keys() == {
        "/name",
        "/board",
        "/ladder/0/step",
        "/ladder/1",
        "/ladder/1/after",
        "/ladder/2/txt",
        "/mode",
        "/exempt/lables",
        "/visible_to",
    }
    said = str(refused.value)
    assert "ladder/0/step: 'repot' is none of them; perhaps 'report' is meant. There are: " in said
    assert "board: expected `int`, got `str`; it was 'one'." in said
    assert "exempt/lables: there is no 'lables' here; perhaps 'labels' is meant." in said
    assert "mode: 'alive' is none of them; " in said
    assert "There are: off, shadow, live." in said
    assert "regex" not in said


@pytest.mark.parametrize("document", [None, [], "stale", {}, {"ladder": 3}, {"ladder": [None]}, {1: 2}])
def test_what_is_no_policy_at_all_is_refused_in_words(document: Any) -> None:
    with pytest.raises(PolicyNotUnderstood):
        read_policy(document)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 2000)
    | st.sampled_from(["", "stale", "14d", "report", "live", "a b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["step", "after", "label", "keep", "role", "per_run"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
PARTS = st.dictionaries(st.sampled_from([*Document.__struct_fields__, "lader"]), JSON, max_size=5)


@given(PARTS)
def test_whatever_is_refused_is_refused_with_a_place_and_the_rest_can_be_read(parts: dict[str, Any]) -> None:
    """Each fault stands where the document has a part, or where it lacks one."""
    whole = {"name": "A", "board": 1, "checks": {"stale": {}}, "ladder": [{"step": "report"}], **parts}
    assert all(place.split("/")[1] in whole for place, _ in faults_in(whole))


def faults_in(document: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    try:
        read_policy(document)
    except PolicyNotUnderstood as refused:
        return refused.faults
    return ()


def test_a_policy_is_in_shadow_unless_it_says_otherwise_and_off_is_no_boolean() -> None:
    document = {"name": "A", "board": 1, "checks": {"stale": {}}, "ladder": [{"step": "report"}]}
    assert read_policy(document).mode == "shadow"
    assert read_policy({**document, "mode": False}).mode == "off"


def test_a_document_that_names_its_parts_again_and_again_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(PolicyNotUnderstood, match="more than"):
        read_policy({"name": endless})
