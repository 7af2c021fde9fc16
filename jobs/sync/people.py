"""Who people are by now: renamed, switched off, made anonymous, deleted.

None of that changes an issue, and only an administrator's webhook tells of it. Whom issues showed lately is
known; of the others, those of whom nothing was heard for longest are asked for every night.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from app import log
from app.domain.scrum.issue_columns import account_of
from app.domain.scrum.things_from_jira import read_user
from app.store import things
from app.store.sites import Site
from connectors.errors import NotAllowed
from connectors.jira.documents import User
from connectors.jira.people import MOST_PEOPLE
from jobs.context import Context, JiraSite
from jobs.sync.pages import in_parts
from jobs.sync.reading import LOCAL, Reading

A_NIGHT = 1000
"""People asked for at the most: ten calls on Cloud, a thousand on Data Center, which has none for several."""
_LATELY = timedelta(hours=20)

_log = log.get(__name__)


async def keep_people(context: Context, jira_site: JiraSite, site: Site, reading: Reading) -> None:
    """Ask for them, and keep what is said; whom Jira does not know any more is gone.

    Without the right to browse users they stay as issues show them, and the log says so.

    Raises:
        ConnectorError: Jira does not answer.
    """
    since = reading.heard_at - _LATELY
    wanted = await context.database.call_read(
        partial(things.people_unheard_of, site=site, since=since, most=A_NIGHT)
    )
    try:
        for accounts in in_parts(wanted, MOST_PEOPLE):
            people = await jira_site.jira.people(accounts)
            keep = partial(_keep, site=site, accounts=accounts, people=people, reading=reading)
            await context.database.call_write(keep)
    except NotAllowed as error:
        _log.warning("people.not_read", site=jira_site.name, reason=str(error))
    except LOCAL as error:
        reading.fail("people", error)


def _keep(
    connection: Connection, site: Site, accounts: Sequence[str], people: Sequence[User], reading: Reading
) -> None:
    things.save_users(connection, site, [read_user(person) for person in people], reading.heard_at)
    for account in sorted(set(accounts) - {account_of(person) for person in people}):
        things.bury_user(connection, site, account, name=None, at=reading.heard_at)
