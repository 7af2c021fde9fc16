"""A look that goes on from the last one finds what a look at everything finds."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from app.domain.grooming.commands import Command, Said
from app.domain.grooming.facts import Backlog, Children, Person, Suggested
from app.domain.grooming.memory import Memory, known, remember
from app.domain.grooming.review import Review, review
from app.domain.grooming.wanted import EVERY_CHECK
from app.domain.scrum.sprint import SprintState
from tests.domain.grooming.backlogs import NOW, PEOPLE, SPRINTS, VERSIONS
from tests.domain.grooming.test_naive import a_backlog, an_item


def kept(one: Review) -> Memory:
    """As it comes back from the store."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(remember(one, "")), type=Memory)


def a_week_later(memory: Memory, before: Backlog, chance: Random) -> Backlog:
    """Some issues changed, some went, some came; so did what they name."""
    fates = [chance.random() for _ in memory.items]
    anew = [
        changed(an_item(chance, int(one.key.split("-")[1])), id=one.id)
        for one, fate in zip(memory.items, fates, strict=True)
        if fate < 0.15
    ]
    same = [0.15 <= fate < 0.9 for fate in fates]
    number = chance.randint(10**3, 10**9)
    anew.append(an_item(chance, number))
    said = dict(memory.said)
    if True in same and chance.random() < 0.5:
        place = chance.choice([place for place, is_same in enumerate(same) if is_same])
        until = NOW + timedelta(days=chance.randint(1, 20))
        said[memory.items[place].id] = Said(quiet=Command("snooze", NOW, "dana", until=until))
        anew.append(changed(memory.items[place], touched_at=NOW))
        same[place] = False
    items = memory.items.going_on(same, anew)
    around = {one: changed(of, done=chance.random() < 0.5) for one, of in memory.around.items()}
    children = {
        one: Children(chance.randint(0, 2), has.open, has.last_at) if chance.random() < 0.1 else has
        for one, has in memory.children.items()
    }
    sprints, versions, people = SPRINTS, VERSIONS, PEOPLE
    if chance.random() < 0.5:
        sprints = {**SPRINTS, 8: replace(SPRINTS[8], state=SprintState.CLOSED, completed=NOW)}
        versions = {**VERSIONS, "2": replace(VERSIONS["2"], released=True)}
        people = {**PEOPLE, "dana": Person("Dana", active=False)}
    return replace(
        before,
        kept=memory.left(same),
        ordered=memory.ranked_left(same, items),
        now=before.now + timedelta(days=chance.choice([-3, 0, 1, 7, 7, 30])),
        items=items,
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
