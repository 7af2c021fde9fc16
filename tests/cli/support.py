"""What tests of the command line type, and how they read the answer."""

from typing import Any

from click.testing import Result
from typer.testing import CliRunner

from app import cli
from app.store import tables
from app.store.database import Database
from tests.stores import rows

SITE: dict[str, Any] = {
    "url": "https://burnish.test",
    "email": "bot@burnish.test",
    "token": "planted-token",
    "webhook_secrets": ["planted-secret"],
    "projects": ["BURN", "ORDER"],
    "sprint_health": [{"board": 1, "report_issue": "BURN-1"}],
}
REPORT = ("report", "sprint-health", "--board", "1")


def burnish(*words: str) -> Result:
    return CliRunner().invoke(cli.app, words)


def says(result: Result) -> str:
    """What is said of a command that was refused: one sentence and no trace."""
    assert result.exit_code != 0
    assert isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    assert "planted" not in result.output
    return " ".join(result.output.replace("\u2502", " ").split())


def runs_of(url: str) -> list[dict[str, Any]]:
    database = Database(url)
    with database.read() as tx:
        found = rows(tx, tables.runs)
    database.close()
    return found
