"""Why Jira's search does not list an issue that is here: asked of Jira, one by one, and judged."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.store.sweeps import Drift, Held
from connectors.errors import Missing, NotAllowed, Refused
from connectors.jira.client import JiraClient
from connectors.jira.documents import IssueDocument
from jobs.sync.issues import HISTORY, WHOLE

AT_ONCE = 50
"""So many ids at most may be looked at afresh by one search (Cloud's `reconcileIssues`)."""
_ABREAST = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What Jira says of an issue that is asked for by its id.

    Attributes:
        document: the issue; None where there is none for us.
        forbidden: Jira says that it is there, but not for this account.
        listed: whether a search finds it that looks at it afresh.
    """

    document: IssueDocument | None = None
    forbidden: bool = False
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of the project that the issues are of.

    Attributes:
        wants: whether issues of a project, by its key, are kept.
        browsable: whether the account may browse the project, as Jira says.
        deleted: whether Jira told that the project was deleted.
        archived: whether Jira says that the project is archived.
    """

    project_id: str
    wants: Callable[[str], bool]
    browsable: bool = True
    deleted: bool = False
    archived: bool = False


Finding = tuple[Drift, str]


def judge(held: Held, answer: Answer, around: Around) -> Finding | None:
    """Why the search does not list the issue; None where it is there, and the search only lags behind.

    - It answers under another project: moved (out, where that one is not kept).
    - It answers, and says that it is archived (`archiveddate`), or its project is, or a search that looks at
      it afresh does not find it: archived. Nothing else is readable and found by no search.
    - 403: hidden. Only Data Center says so ("You do not have the permission to see the specified issue").
    - 404 is all that Cloud says of both what is deleted and what is hidden. It counts as hidden where
      something is known that hides: the account may not browse the project, or the issue bore a security
      level when it was read last. Otherwise it counts as deleted: in a project that an account may browse,
      only a security level hides single issues. One that got its first level unseen is called deleted.
    """
    document = answer.document
    if document is None:
        return judge_missing(held, answer, around)
    fields = document.get("fields") or {}
    project = fields.get("project") or {}
    key = document["key"]
    if str(project.get("id")) != around.project_id:
        if around.wants(str(project.get("key"))):
            return Drift.MOVED, f"It was {held.key} and is {key} now."
        return Drift.MOVED_OUT, f"It is {key} now, and that project is not kept."
    if is_archived(fields) or around.archived:
        return Drift.ARCHIVED, "Jira says that it is archived."
    if not answer.listed:
        return Drift.ARCHIVED, "Jira still answers it, but no search finds it."
    return None


def judge_missing(held: Held, answer: Answer, around: Around) -> Finding:
    """Of one that Jira does not give us; see `judge`."""
    if answer.forbidden:
        return Drift.HIDDEN, "Jira says that the account may not see it (403)."
    if around.deleted:
        return Drift.DELETED, "Jira does not know it (404), and its project was deleted."
    if not around.browsable:
        return Drift.HIDDEN, "Jira does not show it (404), and the account may not browse its project."
    if held.bore_security:
        return Drift.HIDDEN, "Jira does not show it (404), and it bore a security level."
    return Drift.DELETED, "Jira does not know it (404), and nothing is known that would hide it."


def is_archived(fields: Mapping[str, Any]) -> bool:
    """Whether an issue's own document says so; not every edition and version does."""
    project = fields.get("project") or {}
    return bool(fields.get("archiveddate") or fields.get("archivedby") or project.get("archived"))


async def ask(jira: JiraClient, held: Sequence[Held]) -> dict[str, Answer]:
    """Every one of them by its id, a few side by side; at most `AT_ONCE`.

    Raises:
        ConnectorError: Jira cannot answer. Then nothing is known of any of them.
    """
    turn = asyncio.Semaphore(_ABREAST)

    async def one(issue_id: str) -> Answer:
        async with turn:
            try:
                return Answer(await jira.issue(issue_id, fields=WHOLE, expand=HISTORY))
            except NotAllowed:
                return Answer(forbidden=True)
            except Missing:
                return Answer()

    ids = [each.id for each in held]
    answers = dict(zip(ids, await asyncio.gather(*map(one, ids)), strict=True))
    there = [issue_id for issue_id, answer in answers.items() if answer.document is not None]
    listed = await _listed_afresh(jira, there)
    return {
        issue_id: Answer(answer.document, answer.forbidden, issue_id in listed)
        for issue_id, answer in answers.items()
    }


async def _listed_afresh(jira: JiraClient, ids: Sequence[str]) -> set[str]:
    """Which of them a search finds that must not lag behind. Data Center refuses ids that it cannot find."""
    if not ids:
        return set()
    jql = f"id in ({', '.join(ids)})"
    try:
        page = await jira.search_page(
            jql, fields=("id",), max_results=len(ids), reconcile=[int(each) for each in ids]
        )
    except Refused:
        if len(ids) == 1:
            return set()
        half = len(ids) // 2
        return await _listed_afresh(jira, ids[:half]) | await _listed_afresh(jira, ids[half:])
    return {str(issue["id"]) for issue in page.issues}
