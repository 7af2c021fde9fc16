"""A look that goes on from the last one finds what a look at everything finds."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from app.domain.grooming.commands import Command, Said
from app.domain.grooming.facts import Backlog, Children, Item, Person, Suggested
from app.domain.grooming.memory import Memory, known, remember
from app.domain.grooming.review import EVERY_CHECK, Review, review
from app.domain.scrum.sprint import SprintState
from tests.domain.grooming.backlogs import NOW, PEOPLE, SPRINTS, VERSIONS
from tests.domain.grooming.test_naive import a_backlog, an_item


def kept(one: Review) -> Memory:
    """As it comes back from the store."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(remember(one, "")), type=Memory)


def a_week_later(memory: Memory, before: Backlog, chance: Random) -> Backlog:
    """Some issues changed, some went, some came; so did what they name."""
    items: list[Item] = []
    for one in memory.items:
        fate = chance.random()
        if fate < 0.15:
            items.append(changed(an_item(chance, int(one.key.split("-")[1])), id=one.id))
        elif fate < 0.9:
            items.append(one)
    number = chance.randint(10**3, 10**9)
    items.append(an_item(chance, number))
    around = {one: changed(of, done=chance.random() < 0.5) for one, of in memory.around.items()}
    children = {
        one: Children(chance.randint(0, 2), has.open, has.last_at) if chance.random() < 0.1 else has
        for one, has in memory.children.items()
    }
    said = dict(memory.said)
    if chance.random() < 0.5:
        one = chance.choice(items)
        until = NOW + timedelta(days=chance.randint(1, 20))
        said[one.id] = Said(quiet=Command("snooze", NOW, "dana", until=until))
        items[items.index(one)] = changed(one, touched_at=NOW)
    sprints, versions, people = SPRINTS, VERSIONS, PEOPLE
    if chance.random() < 0.5:
        sprints = {**SPRINTS, 8: replace(SPRINTS[8], state=SprintState.CLOSED, completed=NOW)}
        versions = {**VERSIONS, "2": replace(VERSIONS["2"], released=True)}
        people = {**PEOPLE, "dana": Person("Dana", active=False)}
    unchanged = {id(one) for one in items}
    return replace(
        before,
        ordered=tuple(
            memory.items[place].id for place in memory.ranked if id(memory.items[place]) in unchanged
        ),
        now=before.now + timedelta(days=chance.choice([-3, 0, 1, 7, 7, 30])),
        items=tuple(items),
        around=around,
        blocks=tuple(link for link in memory.blocks if chance.random() < 0.8),
        all_children={**children, f"id-BURN-{number}": Children()},
        said=said,
        alike={one: of for one, of in memory.alike.items() if chance.random() < 0.7},
        suggested={chance.choice(items).id: Suggested(3, 2, 5)},
        duplicate_link="Duplicate",
        sprints=sprints,
        versions=versions,
        people=people,
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_what_is_asked_again_is_all_that_may_be_different(seed: int) -> None:
    chance = Random(seed)
    of = a_backlog(chance)
    told = review(of)
    for _ in range(3):
        memory = kept(told)
        of = a_week_later(memory, of, chance)
        told, anew = review(of, EVERY_CHECK, known(memory, of)), review(of)
        assert dict(told.marks) == dict(anew.marks)
        assert dict(told.proposed) == dict(anew.proposed)
        assert (told.ready, told.exempted, told.left_alone) == (anew.ready, anew.exempted, anew.left_alone)
        assert [one.judged for one in told.troubled] == [one.judged for one in anew.troubled]
