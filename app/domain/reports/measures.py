"""Who has how much, what kind of work it is, and what else a sprint is measured by: folded away, to be asked.

What needs somebody today is said above; nothing here is louder than it.
"""

from collections.abc import Iterator

from app.domain.reports import naming
from app.domain.reports.document import Block, BulletList, Expand, Inlines, Table, quote, say
from app.domain.reports.json_values import Json, plain_number
from app.domain.reports.words import and_more, counted, measured, number
from app.domain.sprint_health.health import SprintHealth
from app.domain.sprint_health.measures import Accuracy, Amount, Load, Measures, Share, measures

LOAD, MIX = 5, 4
"""They give way before the receipts."""
MOST_NAMED = 6
STRONG, WEAK = 0.5, 0.3
"""Correlations from which, and below which, estimates say much and little of the time that work takes."""


def load(health: SprintHealth) -> Iterator[Block]:
    """Who has how much of each line of the ledger; nothing where nobody has anything."""
    people = measures(health).people
    if all(one.person is None for one in people):
        return
    unit = "issues" if health.counts_issues else f"{health.unit} (issues)"
    rows = tuple(_load(one, health) for one in people)
    header = ("Person", "Committed", "Added", "Removed", "Done", "Left")
    yield Expand(f"Who has how much, in {unit}", (Table(header, rows, shorten=LOAD),))


def _load(one: Load, health: SprintHealth) -> tuple[Inlines, ...]:
    who = "on restricted issues" if one.restricted else quote(one.person or "nobody", 60)
    amounts = (one.committed, one.added, one.removed, one.done, one.left)
    return say(who), *(say(_amount(amount, health)) for amount in amounts)


def _amount(amount: Amount, health: SprintHealth) -> str:
    if not amount.issues and not amount.points:
        return "0"
    return str(amount.issues) if health.counts_issues else f"{number(amount.points)} ({amount.issues})"


def kind_of_work(health: SprintHealth) -> Iterator[Block]:
    """What kind of work it is, and facts that are not in the ledger."""
    found = measures(health)
    facts = (*_mixes(found, health), *_facts(found)) if health.issues else ()
    if facts:
        yield Expand("What kind of work it is, and other measures", (BulletList(facts, shorten=MIX),))


def _mixes(found: Measures, health: SprintHealth) -> Iterator[Inlines]:
    for title, shares in (
        ("Types", found.types),
        ("Priorities", found.priorities),
        ("Statuses", found.statuses),
    ):
        if shares:
            told = "; ".join(_share(one, health) for one in shares[:MOST_NAMED])
            yield say(f"{title}: {told}{and_more(len(shares), MOST_NAMED)}.")


def _share(one: Share, health: SprintHealth) -> str:
    told = f"{quote(one.name, 60)} {one.amount.issues}"
    parts = [] if health.counts_issues else [measured(one.amount.points, health.unit)]
    if 0 < one.done < one.amount.issues:
        parts.append(f"{one.done} done")
    return f"{told} ({', '.join(parts)})" if parts else told


def _facts(found: Measures) -> Iterator[Inlines]:
    yield from (say(f"{sentence}.") for sentence in punctual(found))
    if found.empty_at_start:
        yield say("Nothing was in it at its start.")
    if found.unassigned:
        yield say("Nobody has ", *naming.keys(found.unassigned, MOST_NAMED), ".")
    if found.reopened:
        yield say("Reopened: ", *naming.keys(found.reopened, MOST_NAMED), ".")
    if found.defects_raised:
        yield say("Defects raised since its start: ", *naming.keys(found.defects_raised, MOST_NAMED), ".")
    if found.defects_closed:
        yield say("Defects closed: ", *naming.keys(found.defects_closed, MOST_NAMED), ".")
    if found.estimates:
        yield say(estimates(found.estimates))


def punctual(found: Measures) -> Iterator[str]:
    """When it was started and closed, where that was not on the day that was set; without full stops."""
    for verb, days, what in (
        ("Started", found.started_late, "the start that was set"),
        ("Closed", found.closed_late, "its planned end"),
    ):
        whole = round(days or 0)
        if whole:
            side = "after" if whole > 0 else "before"
            yield f"{verb} {counted(abs(whole), 'working day')} {side} {what}"


def estimates(found: Accuracy) -> str:
    """What estimates say of the time that work takes, in a sentence."""
    told = f"rank correlation {found.correlation:.2f} over the last {found.sample} finished issues"
    if found.correlation >= STRONG:
        return f"Issues with a larger estimate took longer: estimates tell how long work takes ({told})."
    if found.correlation >= WEAK:
        return f"Issues with a larger estimate took somewhat longer ({told})."
    return f"Estimates told little of how long work took; smaller issues would tell more ({told})."


def measures_as_json(health: SprintHealth) -> Json:
    """All of them."""
    found = measures(health)
    return {
        "people": [_load_as_json(one) for one in found.people],
        "types": [_share_as_json(one) for one in found.types],
        "priorities": [_share_as_json(one) for one in found.priorities],
        "statuses": [_share_as_json(one) for one in found.statuses],
        "started_late_days": None if found.started_late is None else round(found.started_late, 4),
        "closed_late_days": None if found.closed_late is None else round(found.closed_late, 4),
        "empty_at_start": found.empty_at_start,
        "reopened": list(found.reopened),
        "unassigned": list(found.unassigned),
        "defects": {"raised": list(found.defects_raised), "closed": list(found.defects_closed)},
        "estimate_accuracy": found.estimates
        and {"correlation": round(found.estimates.correlation, 4), "sample": found.estimates.sample},
    }


def _load_as_json(one: Load) -> Json:
    lines = {
        "committed": one.committed,
        "added": one.added,
        "removed": one.removed,
        "done": one.done,
        "left": one.left,
    }
    amounts = {name: _amount_as_json(amount) for name, amount in lines.items()}
    return {"person": one.person, "restricted": one.restricted, **amounts}


def _share_as_json(one: Share) -> Json:
    return {"name": one.name, **_amount_as_json(one.amount), "done_issues": one.done}


def _amount_as_json(amount: Amount) -> Json:
    return {"points": plain_number(amount.points), "issues": amount.issues}
