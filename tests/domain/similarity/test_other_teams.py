"""What other teams of the site make of a text is heard beside the team's own past."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.domain.similarity.build import marks_of
from app.domain.similarity.estimates import Estimated, Estimator, blind_suggestions, learn
from app.domain.similarity.index import IssueText
from app.domain.similarity.other_teams import FEWEST_OF_A_TEAM, Opinion, Opinions, OtherTeam, read

BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SMALL, LARGE = ("typo", "label", "link"), ("migration", "redesign", "rollout")


def work(about: str, place: int, of: str) -> IssueText:
    return IssueText(f"{of}-{place}", f"{about.capitalize()} of the {of} page", f"For the {of} people.")


def a_team(
    of: str, number: int, known: Sequence[str] = (*SMALL, *LARGE), scale: tuple[float, float] = (2, 8)
) -> list[Estimated]:
    """Done issues, one created a day; what is large work to one team is to the others."""
    chance = random.Random(of)
    found = []
    for place in range(number):
        about, created = chance.choice(known), BEGIN + place * DAY
        estimate = scale[about in LARGE]
        found.append(Estimated(work(about, place, of), estimate, created, created + DAY))
    return found


def heard(issues: Sequence[Estimated]) -> OtherTeam:
    return OtherTeam(
        [one.text for one in issues], [one.estimate for one in issues], [one.done for one in issues]
    )


def what_they_say(teams: Sequence[OtherTeam], own: Sequence[Estimated], *asked: IssueText) -> list[float]:
    opinions = [opinion for each in teams if (opinion := each.opinion())]
    said: list[float] = Opinions(opinions, read([one.text for one in own])).of(read(asked)).tolist()
    return said


def learnt(past: Sequence[Estimated], others: Sequence[OtherTeam] = ()) -> Estimator:
    found = learn(past, others)
    assert isinstance(found, Estimator)
    return found


def test_a_word_that_the_team_never_wrote_is_known_from_other_teams() -> None:
    own = a_team("sales", 90, (*SMALL, "redesign", "rollout"))
    asked = work("migration", 999, "sales")
    others = [heard(a_team(of, 120)) for of in ("orders", "users", "stock", "mail")]
    alone, beside = learnt(own).suggest(asked), learnt(own, others).suggest(asked)
    assert (alone.estimate, alone.other_teams) == (2, 0)
    assert (beside.estimate, beside.other_teams) == (8, 4)
    assert beside.learnt_from == 90
    assert {each.id.split("-")[0] for each in beside.neighbours} == {"sales"}


def test_the_scales_of_other_teams_do_not_matter() -> None:
    own, asked = a_team("sales", 90), work("migration", 999, "sales")
    points, days = (heard(a_team("orders", 120, scale=scale)) for scale in ((1, 3), (20, 400)))
    assert what_they_say([points], own, asked) == pytest.approx(what_they_say([days], own, asked))


def test_large_work_is_told_from_small() -> None:
    own = a_team("sales", 90)
    others = [heard(a_team(of, 120)) for of in ("orders", "users")]
    large, small = what_they_say(others, own, work("rollout", 998, "sales"), work("link", 999, "sales"))
    assert large > 0.5
    assert small < -0.5


def test_other_teams_whose_words_mean_the_contrary_are_not_believed() -> None:
    """The own estimates tell how much the others weigh, and to which side."""
    own = a_team("sales", 120)
    contrary = [heard(a_team(of, 120, scale=(8, 2))) for of in ("orders", "users", "stock")]
    beside = learnt(own, contrary)
    assert beside.suggest(work("migration", 998, "sales")).estimate == 8
    assert beside.suggest(work("typo", 999, "sales")).estimate == 2


@pytest.mark.parametrize(
    "little",
    [
        pytest.param(a_team("orders", FEWEST_OF_A_TEAM - 1), id="too few issues"),
        pytest.param(a_team("orders", 100, scale=(3, 3)), id="all estimated alike"),
    ],
)
def test_a_team_that_cannot_tell_is_not_heard(little: Sequence[Estimated]) -> None:
    assert heard(little).opinion() is None
    own, asked = a_team("sales", 90), work("migration", 999, "sales")
    assert learnt(own, [heard(little)]).suggest(asked) == learnt(own).suggest(asked)


def test_on_the_walk_only_what_other_teams_had_done_by_then_is_heard() -> None:
    """Estimates of the future are garbled: what was suggested before stays as it was."""
    own, other = a_team("sales", 120), a_team("orders", 120)
    upset = a_team("orders", 120, scale=(8, 2))
    late = own[96].created
    garbled = [after if before.done > late else before for before, after in zip(other, upset, strict=True)]
    as_it_was, later, never = (blind_suggestions(own, [heard(each)]) for each in (other, garbled, upset))
    assert as_it_was[:48] == later[:48]
    assert heard(other).opinion(late) is not None
    assert heard(other).opinion(own[FEWEST_OF_A_TEAM - 1].done - DAY) is None
    assert len(never) == len(later)


def test_the_order_of_other_teams_issues_does_not_matter() -> None:
    own, asked = a_team("sales", 90), work("migration", 999, "sales")
    every = a_team("orders", 120)
    shuffled = random.Random(1).sample(every, len(every))
    assert what_they_say([heard(shuffled)], own, asked) == what_they_say([heard(every)], own, asked)


def test_texts_that_say_nothing_or_something_strange_are_told_of_by_a_number() -> None:
    own = [replace(one, text=IssueText(one.text.id, "The same")) for one in a_team("sales", 90)]
    strange = IssueText("S-1", "!" * 255, "1. a_b\n" * 4_000), IssueText("S-2", ""), IssueText("S-3", "🙂")
    told = what_they_say([heard(a_team("orders", 120))], own, *strange)
    assert np.isfinite(told).all()
    silent = [replace(one, text=IssueText(one.text.id, "")) for one in a_team("orders", 60)]
    assert np.isfinite(what_they_say([heard(silent)], own, *strange)).all()


def test_what_is_asked_beside_does_not_matter() -> None:
    own, others = a_team("sales", 90), [heard(a_team("orders", 120))]
    asked = [one.text for one in a_team("mail", 30)]
    together = what_they_say(others, own, *asked)
    assert together == pytest.approx([what_they_say(others, own, each)[0] for each in asked])


def test_how_a_text_is_built_tells_too() -> None:
    """Where long lists are much work to another team, they are taken for it in any words."""
    lists = [
        Opinion(read([IssueText("", "Thing", "* item\n" * (place % 2 * 20)) for place in range(60)]), values)
        for values in ([1.0, 8.0] * 30,)
    ]
    own = read([IssueText("", "Stück", "* so\n" * (place % 3)) for place in range(60)])
    long, short = Opinions(lists, own).of(read([IssueText("", "Stück", "* so\n" * n) for n in (20, 0)]))
    assert long > short


MARKS: Sequence[tuple[str, Callable[[str], IssueText]]] = (
    ("{code}x{code}", lambda said: IssueText("", "", said)),
    ("at org.x.Main(Main.java:3) NullPointerException", lambda said: IssueText("", "", said)),
    ("see https://jira.test", lambda said: IssueText("", "", said)),
    ("the camelCase", lambda said: IssueText("", "", said)),
    ("app/domain", lambda said: IssueText("", "", said)),
    ("Steps to reproduce: click. Expected: a page.", lambda said: IssueText("", "", said)),
    ("As a customer, I want invoices", lambda said: IssueText("", said)),
    ("FileUtils: close", lambda said: IssueText("", said)),
)


@pytest.mark.parametrize(("said", "written"), MARKS, ids=[said for said, _ in MARKS])
def test_looks_of_a_text_are_counted(said: str, written: Callable[[str], IssueText]) -> None:
    plain = "word " * (len(said) // 5)
    assert np.count_nonzero(marks_of(written(said))) > np.count_nonzero(marks_of(written(plain)))
