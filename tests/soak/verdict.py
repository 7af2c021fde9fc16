"""Did all go well? Pure comparisons; each complaint is a sentence that says what is wrong where."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from app.domain.reports.comment_pictures import words_of
from tests.soak.facts import Facts, Held, marked

_MOST_COMPLAINTS = 15
_GOOD_ENDS = {"applied", "ignored"}


def on_deliveries(acknowledged: Collection[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each delivery that was acknowledged is one row, and every row has come to a good end."""
    stored = Counter(row["identity"] for row in rows)
    missing = sorted(set(acknowledged) - stored.keys())
    double = sorted(identity for identity, number in stored.items() if number > 1)
    return [
        *(f"{identity} was acknowledged and is lost" for identity in missing),
        *(f"{identity} is stored {stored[identity]} times" for identity in double),
        *(
            f"delivery {row['id']} ({row['event']}) is {row['state']}: {row['reason']}"
            for row in rows
            if row["state"] not in _GOOD_ENDS
        ),
    ]


def on_runs(asked: Collection[int], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each run that was acknowledged is there, and every run was done."""
    missing = sorted(set(asked) - {row["id"] for row in rows})
    return [
        *(f"run {number} was acknowledged and is lost" for number in missing),
        *(f"run {row['id']} is {row['state']}: {row['reason']}" for row in rows if row["state"] != "done"),
    ]


def on_copies(store: Held, jira: Held) -> list[str]:
    """The store holds what Jira holds, and nothing else."""
    return [
        *_differences("issue", store.issues, jira.issues),
        *_differences("history entry", store.histories, jira.histories),
        *_differences("sprint", store.sprints, jira.sprints),
        *_differences("comment", store.comments, jira.comments),
    ]


def _differences(what: str, ours: Facts, theirs: Facts) -> Iterable[str]:
    for name in sorted(theirs.keys() - ours.keys()):
        yield f"{what} {name} is in Jira and not in the store"
    for name in sorted(ours.keys() - theirs.keys()):
        yield f"{what} {name} is in the store and not in Jira"
    for name in sorted(ours.keys() & theirs.keys()):
        here, there = ours[name], theirs[name]
        for part in sorted(here.keys() | there.keys()):
            if here.get(part) != there.get(part):
                yield f"{what} {name}, {part}: {here.get(part)!r} in the store, {there.get(part)!r} in Jira"


Standing = Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]
"""Comments of ours that stand in Jira, by issue key and marker."""


def on_effects(
    rows: Sequence[Mapping[str, Any]], standing: Standing, written: Mapping[str, int]
) -> list[str]:
    """Every effect came to its end, and each living comment stands once, with the newest body.

    Args:
        rows: the outbox.
        standing: what Jira shows.
        written: by issue key, how many requests made a comment of ours there.
    """
    complaints = [
        f"effect {row['id']} is {row['state']}: {row['reason']}"
        for row in rows
        if row["state"] not in {"done", "skipped"}
    ]
    newest: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in sorted(rows, key=lambda row: int(row["id"])):
        if row["state"] == "done":
            payload = row["payload"]
            name = marked({"id": payload["marker"], "edition": payload.get("edition", 1)})
            newest[payload["issue_key"], name] = row
    for (issue, marker), row in newest.items():
        found = standing.get((issue, marker), ())
        if len(found) != 1:
            complaints.append(f"{marker} stands {len(found)} times on {issue}")
        elif words_of(found[0]["body"]) != words_of(row["payload"]["body"]):
            complaints.append(f"{marker} on {issue} does not say what effect {row['id']} did")
    strange = standing.keys() - newest.keys()
    complaints += [f"{marker} stands on {issue} and no effect wanted it" for issue, marker in strange]
    wanted = Counter(issue for issue, _ in newest)
    complaints += [
        f"{number} requests wrote comments on {issue}, where {wanted[issue]} should stand"
        for issue, number in written.items()
        if number != wanted[issue]
    ]
    return complaints


def shown(complaints: Sequence[str]) -> str:
    """The first of them, one a line."""
    rest = len(complaints) - _MOST_COMPLAINTS
    more = [f"… and {rest} more"] if rest > 0 else []
    return "\n".join([*complaints[:_MOST_COMPLAINTS], *more])
