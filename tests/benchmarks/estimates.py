"""Suggested estimates against those of 16 projects.

The procedure of Choetkiertikul et al. (Deep-SE, IEEE TSE 2018), without clipping (Tawosi et al.'s "!Cut"):
mean absolute error on the last fifth of each project's issues by time. Learnt from the first 60 % ("train"),
and from the first 80 % ("known": train and validation), the newest 3,000 of them. The 16 projects stand for
one site: what the other 15 make of a text is heard, from the newest 500 of the same part of theirs. The data
has no dates, so some of that was estimated later than the issue in question, by other teams about other work.
"alone" hears nobody.

The method and its few numbers were chosen inside "train", what is read of a text inside the first 80 %, the
same for all projects; nothing is chosen per project but whether to speak: "spoken" takes the median of what
was known where a walk through the first 80 % says that suggestions are no better.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import fmean, median

from app.domain.similarity.estimates import MOST_OF_A_TEAM, MOST_PAST, Estimated, Estimator, learn
from app.domain.similarity.other_teams import OtherTeam
from app.domain.similarity.taught import Past
from tests.benchmarks.lines import Line
from tests.benchmarks.published import Part, Project, projects

DEEP_SE, MEDIAN, RIDGE = 2.68, 2.61, 2.58
"""Mean over the projects: Deep-SE and the median of train as Tawosi et al. measured them; TF-IDF with ridge
regression on log points, from train and validation, on the same files."""


@dataclass(frozen=True, slots=True)
class Errors:
    """Mean absolute errors on the test part, in story points."""

    alone: float
    train: float
    known: float
    spoken: float
    median: float
    median_known: float


BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
Teams = Mapping[str, OtherTeam]


def heard(parts: Mapping[str, Part]) -> Teams:
    """What each project says to the others; all of it before any of their own days."""
    return {
        name: OtherTeam(
            part.texts[-MOST_OF_A_TEAM:],
            part.estimates[-MOST_OF_A_TEAM:],
            [BEGIN] * len(part.texts[-MOST_OF_A_TEAM:]),
        )
        for name, part in parts.items()
    }


def beside(name: str, teams: Teams) -> list[OtherTeam]:
    return [team for other, team in teams.items() if other != name]


def suggested(past: Part, asked: Part, others: Sequence[OtherTeam] = ()) -> list[float]:
    """What is suggested for texts by a past; their own estimates are not looked at."""
    texts, estimates = past.texts[-MOST_PAST:], past.estimates[-MOST_PAST:]
    taught = Past(texts, estimates, others).teaches(range(len(texts)))
    return [each[0] for each in taught.quantiles(asked.texts, [0.5])]


def speaks(past: Part, others: Sequence[OtherTeam]) -> bool:
    """Whether Burnish would suggest anything to a team with that past."""
    days = [BEGIN + timedelta(days=day) for day in range(1, len(past.texts) + 1)]
    return isinstance(
        learn(
            [
                Estimated(*each, created=day, done=day)
                for *each, day in zip(past.texts, past.estimates, days, strict=True)
            ],
            others,
        ),
        Estimator,
    )


def error(guesses: Sequence[float], part: Part) -> float:
    return fmean(abs(guess - real) for guess, real in zip(guesses, part.estimates, strict=True))


def errors(project: Project, of_train: Teams, of_known: Teams) -> Errors:
    """All errors of one project."""
    known = project.train + project.validation
    train_teams, known_teams = (beside(project.name, every) for every in (of_train, of_known))
    from_known = error(suggested(known, project.test, known_teams), project.test)
    usual = [median(known.estimates)] * len(project.test.texts)
    return Errors(
        alone=error(suggested(project.train, project.test), project.test),
        train=error(suggested(project.train, project.test, train_teams), project.test),
        known=from_known,
        spoken=from_known if speaks(known, known_teams) else error(usual, project.test),
        median=error([median(project.train.estimates)] * len(project.test.texts), project.test),
        median_known=error(usual, project.test),
    )


def estimating() -> Iterator[Line]:
    """A line for each project and kind of past, and the means; nothing where the data is absent."""
    every, found = list(projects()), []
    of_train = heard({each.name: each.train for each in every})
    of_known = heard({each.name: each.train + each.validation for each in every})
    for each in every:
        one = errors(each, of_train, of_known)
        found.append(one)
        yield Line(f"estimates_{each.name}_train_mae", one.train, "points", one.train / one.median, "median")
        yield Line(
            f"estimates_{each.name}_known_mae", one.known, "points", one.known / one.median_known, "median"
        )
    if not found:
        return
    for name in ("alone", "train", "known", "spoken"):
        mean = fmean(getattr(each, name) for each in found)
        for peer, published in (("deep_se", DEEP_SE), ("median", MEDIAN), ("tfidf_ridge", RIDGE)):
            yield Line(f"estimates_mean_{name}_mae", mean, "points", mean / published, peer)
    yield Line("estimates_mean_median_train_mae", fmean(each.median for each in found), "points")
    yield Line("estimates_mean_median_known_mae", fmean(each.median_known for each in found), "points")
