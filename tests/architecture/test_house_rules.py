"""What neither ruff nor mypy can know. Each rule has its reason beside it."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for part in ("app", "connectors", "jobs") for path in (ROOT / part).rglob("*.py"))
IDS = [str(path.relative_to(ROOT)) for path in SOURCES]
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 50

each_source = pytest.mark.parametrize("path", SOURCES, ids=IDS)


def is_in(path: Path, *places: str) -> bool:
    return str(path.relative_to(ROOT)).startswith(places)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines, without those of the docstring."""
    documented = function.body[0] if ast.get_docstring(function) else None
    manual = (documented.end_lineno or 0) - documented.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - manual


def attributes(path: Path) -> set[str]:
    """Everything that is asked of something: `.this`."""
    return {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}


def committed() -> list[Path]:
    """Files that git knows or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def test_imports_flow_in_the_allowed_directions() -> None:
    """The contracts stand in pyproject.toml; a layout that nobody enforces lasts a month."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "0 broken" in checked.stdout


@each_source
def test_functions_fit_on_a_screen(path: Path) -> None:
    """What does not fit is not read whole, so its faults are not seen. A docstring is read before."""
    assert [one.name for one in functions(path) if length(one) > MOST_LINES_OF_A_FUNCTION] == []


@each_source
def test_modules_stay_readable(path: Path) -> None:
    """God files began as the natural home of one thing."""
    assert len(path.read_text().splitlines()) <= MOST_LINES


@each_source
def test_which_database_it_is_is_known_in_the_store_only(path: Path) -> None:
    """Dialect branches sprinkled about are how two databases become two programs.

    Others may ask what follows from it: `has_one_writer`.
    """
    if is_in(path, "app/store/"):
        return
    assert attributes(path).isdisjoint({"dialect", "is_sqlite"})


def test_the_migrations_branch_on_the_database_in_one_place_only() -> None:
    """The tree is one; only its lock is PostgreSQL's own."""
    every = (ROOT / "migrations").rglob("*.py")
    branching = sorted(path.name for path in every if "dialect" in attributes(path))
    # What only PostgreSQL has to be told of: locks while migrating, how a table is stored and swept; and the
    # indexes that SQLite alone has, because it keeps documents in the rows and takes long entries. An
    # index of words is another thing on each.
    of_postgresql, of_sqlite = ["20261122_engine.py", "20261126_arrivals.py"], ["20261127_searched.py"]
    of_each = ["20261128_text_words.py"]
    assert branching == [*of_postgresql, "20261127_histories.py", *of_sqlite, *of_each, "env.py"]


@each_source
def test_transactions_begin_and_end_in_one_place(path: Path) -> None:
    """A commit elsewhere splits what has to happen together. Savepoints are no commits.

    Connectors know no database, which the import contracts see to.
    """
    if is_in(path, "app/store/database.py", "connectors/"):
        return
    assert attributes(path).isdisjoint({"begin", "commit", "rollback"} - _OWN_WORDS.get(path.name, set()))


# `Finished.commit` is what a handler wants written with the end of its row, not a call to the database. Who
# goes along with a transaction ends his own savepoint: left to itself, it hides that the disk is full.
_OWN_WORDS = {"handling.py": {"commit"}, "along.py": {"commit", "rollback"}}


@each_source
def test_http_clients_are_made_in_one_place(path: Path) -> None:
    """Only there are the time-outs, the limits and the translation of failures.

    The sandbox plays Jira, so its sender is not ours; the demonstration is a caller of both, and the command
    line one of our own API. What rules ask is no Jira, and must not be reached as one.
    """
    if is_in(path, "connectors/http.py", "connectors/web.py", "connectors/sandbox/", "app/cli/caller.py"):
        return
    assert "AsyncClient" not in {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }


# They are, or stand on, what takes seconds and megabytes that few need; import-linter sees their circles.
SLOW_TO_IMPORT = {
    ("app.domain.similarity", "cosine"),
    ("app.domain.similarity", "other_teams"),
    ("app.domain.similarity", "taught"),
    ("app.domain.forecast", "trials"),
    ("app.domain.forecast.chances", "chances"),
    ("connectors", "channels"),
    ("app.spans", "Provider"),
    ("psycopg", "AsyncConnection"),
    ("psycopg", "Error"),
    # Who only calls a service, or tries a rule, need not be one.
    ("app", "main"),
    ("app.site_book", "with_stored"),
    ("app.site_book", "stored_of"),
    ("app.store.schema", "open_newest"),
}


@each_source
def test_imports_stand_at_the_top(path: Path) -> None:
    """An import inside a function hides a circle."""
    hidden = [
        inner
        for one in functions(path)
        for inner in ast.walk(one)
        if isinstance(inner, ast.Import | ast.ImportFrom)
        if not (
            isinstance(inner, ast.ImportFrom)
            and {(inner.module, each.name) for each in inner.names} <= SLOW_TO_IMPORT
        )
    ]
    assert hidden == []


def test_what_is_slow_to_import_is_imported_by_who_uses_it() -> None:
    every = "from app.cli.root import COMMANDS\nfor name, one in COMMANDS.items(): one.load(name)"
    assert _loaded(every, {"apprise", "numpy", "scipy", "sklearn"}) == []


def test_a_command_waits_only_for_what_it_needs() -> None:
    """A list of commands, a rule's tests in somebody's CI: who types them sits there until they answer."""
    the_list = "from app.cli.root import app\nfrom typer.main import get_command\nget_command(app)"
    assert _loaded(the_list, {"fastapi", "sqlalchemy", "httpx", "pydantic"}) == []
    rules = "from app.cli.root import COMMANDS\nCOMMANDS['rules'].load('rules')"
    assert _loaded(rules, {"fastapi", "alembic", "uvicorn", "jobs"}) == []


def _loaded(code: str, modules: set[str]) -> list[str]:
    """Those of the modules that a fresh interpreter has imported after some lines."""
    asked = f"{code}\nimport sys\nprint(*{modules!r} & sys.modules.keys())"
    return subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, check=True, text=True
    ).stdout.split()


def test_no_file_names_a_package_registry_or_a_developers_machine() -> None:
    """A clone has to build anywhere. Wheels' own addresses come from whoever installs."""
    suspicious = re.compile(
        rb"--(?:extra-)?index-url|pytho[n]hosted|p[y]pi[.]org|registry[.]n[p]mjs|deb[.]d[e]bian"
        rb"|/home/[a-z]+/|/Users/[A-Za-z]+/|/w[o]rk/(?:main|shared)"
    )
    found = {
        str(path.relative_to(ROOT)): hit[0].decode()
        for path in committed()
        if (hit := suspicious.search(path.read_bytes()))
    }
    assert found == {}


def test_no_file_holds_what_looks_like_a_real_secret() -> None:
    """Private keys, Atlassian API tokens, cloud keys."""
    secret = re.compile(
        rb"-----BEGIN [A-Z ]*PRIVATE KEY|\bATATT3[A-Za-z0-9_-]{20}"
        rb"|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30}"
    )
    found = [str(path.relative_to(ROOT)) for path in committed() if secret.search(path.read_bytes())]
    assert found == []
