"""Mails that Jira sends about an issue."""

from collections.abc import Sequence
from typing import Any

from connectors.http import path
from connectors.jira.calls import JiraCalls


class NotifyingCalls(JiraCalls):
    """The endpoint /issue/{}/notify."""

    async def notify(
        self,
        issue: str,
        *,
        subject: str,
        text: str,
        roles: Sequence[str] = (),
        accounts: Sequence[str] = (),
        groups: Sequence[str] = (),
    ) -> None:
        """Has Jira send a mail. It keeps no list of them: whether one was sent cannot be asked.

        Args:
            issue: id or key.
            subject: of the mail.
            text: plain.
            roles: of `reporter`, `assignee`, `watchers` and `voters`.
            accounts: account ids (Cloud) or user names (Data Center).
            groups: by name.

        Raises:
            Refused: nobody is left to tell; Jira does not write to whoever asks for it.
        """
        to: dict[str, Any] = dict.fromkeys(roles, True)
        if accounts:
            edition = await self._edition()
            to["users"] = [edition.account(each) for each in accounts]
        if groups:
            to["groups"] = [{"name": each} for each in groups]
        body = {"subject": subject, "textBody": text, "to": to}
        await self._http.write("POST", path(await self._api("/issue/{}/notify"), issue), json=body)
