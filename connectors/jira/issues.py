"""One issue: read, created, edited, moved, linked."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.errors import FieldsNotOnScreen, FieldsRequired, NoTransition
from connectors.http import a_list, path
from connectors.jira.calls import JiraCalls
from connectors.jira.documents import (
    IssueDocument,
    IssueReference,
    LinkTypeDocument,
    Text,
    TransitionDocument,
)

_LONGEST_GLOBAL_ID = 255


class IssueCalls(JiraCalls):
    """The endpoints below /issue/{}, comments, properties and files excepted."""

    async def issue(
        self, id_or_key: str, *, fields: Sequence[str] = ("*all",), expand: Sequence[str] = ()
    ) -> IssueDocument:
        """The issue as it is now (unlike a search). A moved issue is found by its old key too.

        Raises:
            Missing: deleted, or hidden from this account.
        """
        params = {"fields": ",".join(fields)} | ({"expand": ",".join(expand)} if expand else {})
        where = path(await self._api("/issue/{}"), id_or_key)
        issue: IssueDocument = await self._object("GET", where, params=params)
        return issue

    async def create_issue(
        self, fields: Mapping[str, Any], *, properties: Mapping[str, object] | None = None
    ) -> IssueReference:
        """A new issue. Jira knows no idempotency keys: mark it with a property or label to find it again.

        Args:
            fields: by id; at least project, issuetype and summary. Texts as the edition takes them.
            properties: by key.

        Raises:
            Unreachable: if `maybe_executed`, search for the mark before creating again.
            Refused: a field is missing or wrong; `errors` tells by field.
        """
        body: dict[str, Any] = {"fields": dict(fields)}
        if properties:
            body["properties"] = [{"key": key, "value": value} for key, value in properties.items()]
        created: IssueReference = await self._written("POST", await self._api("/issue"), json=body)
        return created

    async def edit_issue(
        self,
        issue: str,
        *,
        fields: Mapping[str, Any] | None = None,
        update: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
        notify_users: bool = True,
    ) -> None:
        """Sets fields, or changes them by verbs (`{"labels": [{"add": "x"}]}`).

        Args:
            issue: id or key.
            fields: by id.
            update: by id; a field may be in one of both only.
            notify_users: False needs the right to administer the project, else Jira refuses (403).

        Raises:
            ValueError: nothing to edit, or a field in both.
            Refused: a field is not on the edit screen, or its value is wrong.
        """
        if not fields and not update:
            message = "An edit names at least one field."
            raise ValueError(message)
        if twice := (fields or {}).keys() & (update or {}).keys():
            message = (
                f"Jira takes a field in `fields` or in `update`, not in both: {', '.join(sorted(twice))}."
            )
            raise ValueError(message)
        body = {"fields": dict(fields)} if fields else {}
        if update:
            body["update"] = {field: list(verbs) for field, verbs in update.items()}
        params = {} if notify_users else {"notifyUsers": False}
        await self._http.write("PUT", path(await self._api("/issue/{}"), issue), params=params, json=body)

    async def change_labels(
        self, issue: str, *, add: Sequence[str] = (), remove: Sequence[str] = (), notify_users: bool = True
    ) -> None:
        """Adds and removes labels without touching those of others. Doing so twice changes nothing.

        Raises:
            ValueError: a label is empty or has spaces, which Jira does not allow.
        """
        for label in (*add, *remove):
            if not label or label.split() != [label]:
                message = f"{label!r} is no label: Jira's labels have no spaces."
                raise ValueError(message)
        verbs = [{"add": label} for label in add] + [{"remove": label} for label in remove]
        await self.edit_issue(issue, update={"labels": verbs}, notify_users=notify_users)

    async def assign(self, issue: str, account: str | None) -> None:
        """To an account id (Cloud) or user name (Data Center); to nobody with None.

        Raises:
            Refused: nobody of that name can be assigned issues of the project, or it must not be unassigned.
        """
        body = (await self._edition()).account(account)
        await self._http.write("PUT", path(await self._api("/issue/{}/assignee"), issue), json=body)

    async def transitions(self, issue: str) -> list[TransitionDocument]:
        """What the account may do with the issue now, with the fields that a transition asks for."""
        where = path(await self._api("/issue/{}/transitions"), issue)
        answer = await self._object("GET", where, params={"expand": "transitions.fields"})
        possible: list[TransitionDocument] = a_list(answer.get("transitions"), asked=f"GET {where}")
        return possible

    async def transition(
        self,
        issue: str,
        transition_id: str,
        *,
        fields: Mapping[str, Any] | None = None,
        comment: Text | None = None,
    ) -> None:
        """Carries out a transition, and with it sets fields and writes a comment, all of it or nothing.

        Raises:
            ValueError: the comment is of the other edition's kind.
            Refused: not possible from the present status, a field is missing, or somebody else was faster
                (409).
        """
        where = path(await self._api("/issue/{}/transitions"), issue)
        body: dict[str, Any] = {"transition": {"id": transition_id}}
        if fields:
            body["fields"] = dict(fields)
        if comment is not None:
            body["update"] = {"comment": [{"add": {"body": (await self._edition()).text(comment)}}]}
        await self._http.write("POST", where, json=body)

    async def transition_to(
        self,
        issue: str,
        status_id: str,
        *,
        fields: Mapping[str, Any] | None = None,
        comment: Text | None = None,
    ) -> TransitionDocument:
        """Carries out a transition that leads to the status; names differ by workflow and language.

        Of several that do, the first, in Jira's order, whose screen has what is given and requires no more;
        returns the one that was taken.

        Args:
            issue: id or key.
            status_id: the status to reach.
            fields: for the transition's screen, by id.
            comment: likewise.

        Raises:
            NoTransition: none leads there from the present status.
            FieldsNotOnScreen: the screens of those that do lack fields that are given.
            FieldsRequired: those that do ask for more fields.
        """
        asked = f"POST {path(await self._api('/issue/{}/transitions'), issue)}"
        possible = [each for each in await self.transitions(issue) if each.get("isAvailable") is not False]
        leading = [each for each in possible if _target(each) == status_id]
        if not leading:
            reachable = {_target(each): (each.get("to") or {}).get("name", "") for each in possible}
            raise NoTransition(asked, status_id=status_id, possible=reachable)
        given = {**(fields or {}), **({} if comment is None else {"comment": comment})}
        faults = [(_not_there(each, given), _required(each, given), each) for each in leading]
        absent, missing, chosen = min(faults, key=lambda one: len(one[0]) + len(one[1]))
        name = chosen.get("name", chosen["id"])
        if absent:
            there = {field: str(about.get("name", field)) for field, about in chosen["fields"].items()}
            raise FieldsNotOnScreen(asked, transition=name, fields=absent, there=there)
        if missing:
            raise FieldsRequired(asked, transition=name, fields=missing)
        await self.transition(issue, chosen["id"], fields=fields, comment=comment)
        return chosen

    async def link_types(self) -> list[LinkTypeDocument]:
        """The kinds of links that the site has."""
        where = await self._api("/issueLinkType")
        answer = await self._object("GET", where)
        found: list[LinkTypeDocument] = a_list(answer.get("issueLinkTypes"), asked=f"GET {where}")
        return found

    async def link(self, link_type: str, *, inward: str, outward: str) -> None:
        """Links two issues; Jira tells no id, and takes a link that is there already without complaint.

        Its words are easily confused: of the kind "Blocks", `inward` blocks `outward`.

        Args:
            link_type: name of the kind.
            inward: key of the issue that shows the outward words ("blocks").
            outward: key of the issue that shows the inward words ("is blocked by").
        """
        body = {
            "type": {"name": link_type},
            "inwardIssue": {"key": inward},
            "outwardIssue": {"key": outward},
        }
        await self._http.write("POST", await self._api("/issueLink"), json=body)

    async def unlink(self, link_id: str) -> None:
        """Removes a link between two issues.

        Raises:
            Missing: it is not there any more.
        """
        await self._http.write("DELETE", path(await self._api("/issueLink/{}"), link_id))

    async def remote_link(
        self, issue: str, *, global_id: str, url: str, title: str, summary: str = "", relationship: str = ""
    ) -> None:
        """Links the issue to a page elsewhere; one with the same `global_id` is replaced, never doubled.

        Raises:
            ValueError: `global_id` is longer than 255 characters.
        """
        if len(global_id) > _LONGEST_GLOBAL_ID:
            message = f"The global id of a remote link has at most {_LONGEST_GLOBAL_ID} characters."
            raise ValueError(message)
        shown = {"url": url, "title": title} | ({"summary": summary} if summary else {})
        body = {"globalId": global_id, "object": shown}
        if relationship:
            body["relationship"] = relationship
        await self._http.write("POST", path(await self._api("/issue/{}/remotelink"), issue), json=body)


def _target(transition: TransitionDocument) -> str:
    return str((transition.get("to") or {}).get("id", ""))


def _required(transition: TransitionDocument, given: Mapping[str, Any]) -> dict[str, str]:
    """Fields that the screen requires, that have no default and are not given: name by id."""
    return {
        field: str(about.get("name", field))
        for field, about in (transition.get("fields") or {}).items()
        if about.get("required") and not about.get("hasDefaultValue") and field not in given
    }


def _not_there(transition: TransitionDocument, given: Mapping[str, Any]) -> list[str]:
    """Fields that are given and not on the screen; where there is one, there is a place for a comment.

    Without a screen it is not sure that Jira keeps a comment.
    """
    there = transition.get("fields")
    if there is None:  # not told
        return []
    return [field for field in given if field not in there and not (field == "comment" and there)]
