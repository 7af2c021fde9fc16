"""What was kept of issues comes back as it was, and what is asked of all of them is what all of them say."""

from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from app.domain.grooming.item import Item
from app.domain.grooming.items import Items, Overview
from tests.domain.grooming.backlogs import item
from tests.domain.grooming.test_naive import an_item


def kept(items: Items) -> Items:
    """As it comes back from the store."""
    bodies = msgspec.msgpack.decode(msgspec.msgpack.encode(items.bodies), type=list[msgspec.Raw])
    overview = msgspec.msgpack.decode(msgspec.msgpack.encode(items.overview), type=Overview)
    return Items([*bodies], overview)


def told(overview: Overview) -> list[object]:
    """What it says of each issue, and of all."""
    kinds = [overview.kinds[one] for one in overview.kind]
    named = [overview.named[one] for one in overview.names]
    each = zip(
        overview.ids, overview.parents, overview.ranks, overview.created, overview.touched, strict=True
    )
    texts = zip(overview.digests, overview.characters, strict=True)
    return [*each, *texts, *kinds, *named, dict(overview.counts), overview.places, overview.below]


@given(st.integers(0, 2**32))
def test_an_overview_that_goes_on_is_that_of_all_issues(seed: int) -> None:
    chance = Random(seed)
    items = Items.of(an_item(chance, number) for number in range(1, 20))
    for week in range(1, 4):
        same = [chance.random() < 0.7 for _ in items]
        anew = [an_item(chance, 100 * week + number) for number in range(chance.randint(0, 5))]
        every = [one for one, is_same in zip(items, same, strict=True) if is_same] + anew
        items = kept(items).going_on(same, anew)
        assert list(items) == every
        assert told(items.overview) == told(Overview.of(every))
        assert len(items.overview.kinds) == len(set(items.overview.kind))  # those that nobody has are gone


def test_an_issue_is_read_when_somebody_asks_for_it() -> None:
    items = kept(Items.of([item("BURN-1"), item("BURN-2"), item("BURN-3")]))
    assert items[1].key == "BURN-2"
    assert [isinstance(one, Item) for one in items.bodies] == [False, True, False]
    assert [one.key for one in items[1:]] == ["BURN-2", "BURN-3"]
    assert kept(items)[1] == items[1]


def test_what_is_shown_in_place_of_an_issue_is_not_kept() -> None:
    items = Items.of([item("BURN-1")])
    assert items.seen(lambda one: changed(one, key="a restricted issue"))[0].key == "a restricted issue"
    assert kept(items)[0].key == "BURN-1"
