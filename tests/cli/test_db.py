"""The store on the command line: a backup that can be put back."""

from collections.abc import Callable
from pathlib import Path

from app.store import tables
from app.store.database import Database
from tests.cli.support import burnish, says
from tests.services.test_sprint_health import fill
from tests.stores import rows


def test_a_backup_is_made_beside_whoever_writes_and_goes_on_when_it_is_put_back(
    url: str, configured: Callable[..., None], tmp_path: Path
) -> None:
    configured(url)
    database = Database(url)
    database.claim_file({"address": "http://127.0.0.1:1"})
    with database.write() as tx:
        fill(tx)
    with database.write() as tx:
        tx.execute(tables.comments.delete())  # not there yet for whoever reads: nothing waits for it
        done = burnish("db", "backup", "copy.db")
    assert done.exit_code == 0, done.output
    with database.read() as tx:
        now = rows(tx, tables.issues)
    database.close()
    assert {one.name for one in tmp_path.glob("copy.db*")} == {"copy.db"}, "one file, and it is whole"
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0

    configured(f"sqlite:///{tmp_path}/copy.db")
    copy = Database(f"sqlite:///{tmp_path}/copy.db")
    with copy.write() as tx:
        assert rows(tx, tables.issues) == now != []
        tx.execute(tables.issues.update().values(summary="goes on"))
    copy.close()
    assert burnish("sync", "status").exit_code == 0


def test_a_backup_writes_over_nothing_and_leaves_nothing_half(
    url: str, configured: Callable[..., None], tmp_path: Path
) -> None:
    configured(url)
    (tmp_path / "there.db").write_text("mine")
    assert "there.db is there already" in says(burnish("db", "backup", "there.db"))
    assert (tmp_path / "there.db").read_text() == "mine"
    assert "cannot be written" in says(burnish("db", "backup", "nowhere/copy.db"))
    configured(f"sqlite:///{tmp_path}/none.db")
    assert "There is no store" in says(burnish("db", "backup", "copy.db"))
    assert {one.name for one in tmp_path.glob("*copy*")} == set()


def test_the_backup_of_a_server_is_made_with_its_own_tool(filled: str) -> None:
    done = burnish("db", "backup", "copy.db")
    assert (done.exit_code, "pg_dump" in done.output) == ((0, False) if "sqlite" in filled else (1, True))
