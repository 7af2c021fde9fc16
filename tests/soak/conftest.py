"""A database server that may crash, and a table of all counts at the end."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.soak.postgres import Postgres
from tests.soak.scale import IS_LONG

_TOLD: list[tuple[str, Counter[str]]] = []

Tell = Callable[[Counter[str]], None]


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """Keep the counts of a test for the table."""
    return lambda counts: _TOLD.append((request.node.name.removeprefix("test_"), counts))


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table, where somebody waited long for it."""
    if not IS_LONG:
        return
    for title, counts in _TOLD:
        terminalreporter.write_sep("-", title.replace("_", " "))
        for name, number in sorted(counts.items()):
            terminalreporter.write_line(f"{number:>9,}  {name}")
    kills = sum(counts["kills"] for _, counts in _TOLD)
    terminalreporter.write_sep("-", f"{kills} processes killed")
