"""What lies too deep in Jira's JSON is left out, and what lies above is not."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.grooming.texts import lines_of
from app.domain.scrum.nesting import DEEPEST, shallow, shallow_json
from app.domain.scrum.texts import plain_text, readable_text
from tests.deep import deep_text

_ANY = st.recursive(
    st.none() | st.text('ab"\\[]{} é') | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('k"[{\\'), inner, max_size=3),
    max_leaves=15,
)


def in_lists(value: Any, times: int) -> Any:
    for _ in range(times):
        value = [value, "beside"]
    return value


def depth_of(value: Any) -> int:
    depth, level = 0, [value]
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
    return depth


@given(_ANY)
def test_what_people_write_stays_as_it_is(value: Any) -> None:
    assert shallow(value) is value
    raw = msgspec.Raw(json.dumps(value).encode())
    assert shallow(raw) is raw


@given(_ANY, st.integers(DEEPEST - 4, DEEPEST + 2))
def test_read_or_unread_it_is_cut_at_the_same_depth(value: Any, above: int) -> None:
    deep = in_lists(value, above)
    written = json.dumps(deep).encode()
    cut = shallow(deep)
    assert json.loads(bytes(shallow(msgspec.Raw(written)))) == cut == json.loads(shallow_json(written))
    assert depth_of(cut) == min(depth_of(deep), DEEPEST + 1)  # the deepest are empty
    assert in_lists(value, above) == deep  # the one that was given is as it was
    if depth_of(deep) <= DEEPEST:
        assert cut == deep


@pytest.mark.parametrize("nodes", [10_000, 300])
def test_texts_above_are_read(nodes: int) -> None:
    raw = msgspec.Raw(deep_text(nodes).encode())
    cut = msgspec.json.decode(bytes(shallow(raw)))
    assert plain_text(cut) == readable_text(cut) == "zebra"
    assert [line.text for line in lines_of(cut)] == ["zebra"]


def test_texts_are_read_in_their_order_however_deep() -> None:
    document: Any = {"type": "text", "text": "last"}
    for number in range(20_000):
        document = {"type": "quote", "text": str(number), "content": [document, {"text": "after"}]}
    told = plain_text(document).split("\n")
    assert told[:2] == ["19999", "19998"]
    assert told[20_000:20_002] == ["last", "after"]
    assert readable_text(document).split("\n")[-1] == "lastafter"
