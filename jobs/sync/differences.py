"""How an issue that Jira lists differs from what the store has of it."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from app.domain.scrum.from_jira import NotReadable, instant
from app.store.ranks import Ranked
from app.store.sweeps import Difference, Drift, Held
from connectors.jira.documents import IssueDocument
from jobs.sync.unannounced import updated_of


def differs(known: Held, document: IssueDocument) -> bool:
    """Whether an issue that Jira lists is not here as it is there."""
    is_other = known.gone_reason is not None or known.key != document["key"]
    return is_other or _is_older(known, document) or not known.is_whole


def _is_older(known: Held, document: IssueDocument) -> bool:
    updated = updated_of(document)
    return updated is not None and known.updated < updated


def ranked_anew(
    held: Mapping[str, Held], page: Iterable[IssueDocument], differing: Container[str], *, rank: str | None
) -> dict[str, Ranked]:
    """New ranks of issues that are otherwise as they were, by id: Jira makes room without updating them.

    Args:
        held: the issues as they are here, by id.
        page: as Jira lists them.
        differing: ids of those that are read whole anyhow.
        rank: id of the field; None where the site has none.
    """
    found: dict[str, Ranked] = {}
    if rank is None:
        return found
    for document in page:
        issue_id, told = str(document["id"]), (document.get("fields") or {}).get(rank)
        known = held.get(issue_id)
        if known is None or issue_id in differing or updated_of(document) != known.updated:
            continue
        if isinstance(told, str) and told and told != known.rank:
            found[issue_id] = Ranked(told, known.updated)
    return found


def difference(known: Held | None, document: IssueDocument) -> tuple[Drift, str]:
    """How it differs, and why that is known; see `differs`."""
    if known is None:
        return Drift.UNKNOWN, "Jira lists it, and it was not here."
    if known.gone_reason is not None:
        return Drift.RETURNED, f"It was held for {known.gone_reason.value.replace('_', ' ')}."
    if known.key != document["key"]:
        return Drift.MOVED, f"It was {known.key} and is {document['key']} now."
    if not _is_older(known, document):
        return Drift.HISTORY_CUT, "Its whole history was not here."
    changed = updated_of(document)
    return Drift.STALE, f"It changed at {changed}, and was known here as of {known.updated}."


def unless_failed(one: Difference, failures: Mapping[str, Exception]) -> Difference:
    """What could not be read is not mended; documents name themselves by their present key."""
    error = failures.get(one.issue_key)
    return one if error is None else replace(one, why=f"{one.why} {error}", mended=False)


def created_of(document: IssueDocument) -> datetime:
    """When an issue was created.

    Raises:
        NotReadable: its document does not say.
    """
    found = instant((document.get("fields") or {}).get("created"))
    if found is None:
        message = f"issue {document.get('key')} comes without `created`"
        raise NotReadable(message)
    return found
