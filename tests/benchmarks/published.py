"""Data that others published, beside the checkout; absent, what needs it is left out."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from app.domain.similarity.index import IssueText

DATA = Path(__file__).parents[2].parent / "shared" / "data"
DUPLICATES, STORY_POINTS = DATA / "duplicates", DATA / "storypoints"
csv.field_size_limit(10_000_000)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", errors="replace", newline="") as lines:
        return list(csv.DictReader(lines))


def bugs() -> list[IssueText]:
    """Hadoop's bugs (GitBugs, arXiv 2504.09651)."""
    return [
        IssueText(row["Issue id"], row["Summary"], row["Description"])
        for row in _rows(DUPLICATES / "hadoop_bugs.csv")
    ]


def known_pairs(part: str) -> list[tuple[str, str]]:
    """Pairs of a bug and its duplicate; both directions are pairs of their own.

    Args:
        part: `train`, `test` or `combined`, which is both.
    """
    return [
        (row["Issue id"].strip(), duplicate.strip())
        for row in _rows(DUPLICATES / f"hadoop_bugs-{part}.csv")
        for duplicate in row["Duplicate id"].split(",")
    ]


@dataclass(frozen=True, slots=True)
class Part:
    """Estimated issues, oldest first."""

    texts: Sequence[IssueText]
    estimates: Sequence[float]

    def __add__(self, later: Self) -> Self:
        return type(self)([*self.texts, *later.texts], [*self.estimates, *later.estimates])


@dataclass(frozen=True, slots=True)
class Project:
    """Estimated issues of a project, split by time into 60, 20 and 20 % as Deep-SE's code does."""

    name: str
    train: Part
    validation: Part
    test: Part


def projects() -> Iterator[Project]:
    """The 16 projects of Choetkiertikul et al. (IEEE TSE 2018), by name."""
    for path in sorted(STORY_POINTS.glob("*.csv")):
        yield project(path.stem)


def project(name: str) -> Project:
    """One of them. The ends of the parts are those of Deep-SE's `divide_data_sortdate.py`."""
    rows = _rows(STORY_POINTS / f"{name}.csv")
    first = len(rows) * 3 // 5 - 1
    second = first + len(rows) // 5
    parts = [
        Part(
            [IssueText(row["issuekey"], row["title"], row["description"] or "") for row in some],
            [float(row["storypoint"]) for row in some],
        )
        for some in (rows[:first], rows[first:second], rows[second:])
    ]
    return Project(name, *parts)
