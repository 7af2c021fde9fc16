"""Where a draft and the live rule do not agree about what happened: effects, outcomes and reasons."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from app.domain.effects import payload_of, shown_payload
from app.domain.rules.decide import Decision, Outcome
from app.store.types import as_json, from_json

_Place = tuple[str, str]
_WANTED = frozenset({Outcome.ACTED.value, Outcome.HELD.value, Outcome.DROPPED.value})
"""Whether it was carried out is for limits and people to say: what a rule wanted are its effects."""
_QUIET = frozenset({Outcome.NOTHING.value, Outcome.NOT_MATCHED.value, Outcome.OWN_CHANGE.value})
"""As if nobody had asked the rule, which was not there yet, or forgot it since."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What the draft and the live rule do not agree on: an effect, or how they ended.

    Attributes:
        draft: what the draft would do: `kind` and `payload` of an effect, or `outcome` and `reason`; None for
            nothing.
        live: likewise what was done.
    """

    at: datetime
    issue_key: str
    event_key: str
    draft: Mapping[str, Any] | None
    live: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Told:
    """A decision, wherever it is from."""

    at: datetime
    issue_key: str
    outcome: str
    reason: str | None
    effects: Sequence[Mapping[str, Any]]

    @property
    def ended(self) -> Mapping[str, Any]:
        """What is compared of its end."""
        if self.outcome in _WANTED:
            return {"outcome": Outcome.ACTED.value}
        return {"outcome": self.outcome, "reason": self.reason}


def differences(draft: Sequence[Decision], live: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    """Event by event in the order of time: how they ended, then effect by effect.

    Args:
        draft: what the draft decided.
        live: rows of what the live rule did.
    """
    would = {(each.event.issue_id, each.event.key): _of_draft(each) for each in draft}
    did = {(row["issue_id"], row["event_key"]): _of_live(row) for row in live}
    every = {**did, **would}
    for place, told in sorted(every.items(), key=lambda item: (item[1].at, item[0])):
        for ours, theirs in _unlike(would.get(place), did.get(place)):
            yield Difference(told.at, told.issue_key, place[1], ours, theirs)


def _unlike(
    ours: _Told | None, theirs: _Told | None
) -> Iterator[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    ends = tuple(
        None if each is None or _is_quiet(each, ours, theirs) else each.ended for each in (ours, theirs)
    )
    # Where one acted and the other did not, its effects say so.
    if ends[0] != ends[1] and any(end is not None and end["outcome"] not in _WANTED for end in ends):
        yield ends[0], ends[1]
    for one, other in zip_longest(ours.effects if ours else (), theirs.effects if theirs else ()):
        if one != other:
            yield one, other


def _is_quiet(told: _Told, ours: _Told | None, theirs: _Told | None) -> bool:
    """Nothing came of it, and the other did not decide at all."""
    return told.outcome in _QUIET and (ours is None or theirs is None)


def _of_draft(decision: Decision) -> _Told:
    effects = [_plain(one.effect.kind, payload_of(one.effect)) for one in decision.wanted]
    ended = decision.outcome.value, decision.reason
    return _Told(decision.event.at, decision.issue_key, *ended, effects)


def _of_live(row: Mapping[str, Any]) -> _Told:
    effects = [_plain(one["kind"], shown_payload(one["payload"])) for one in row["effects"]]
    return _Told(row["at"], row["issue_key"], row["outcome"], row["reason"], effects)


def _plain(kind: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """As it is once it was stored: a tuple is a list then, an instant a text."""
    return {"kind": kind, "payload": from_json(as_json(payload))}
