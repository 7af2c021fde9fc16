"""Rules as files: which there are in a folder, and the tests beside them."""

from collections.abc import Sequence
from pathlib import Path

import typer

from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.reading import from_yaml, read
from app.domain.rules.trials import run as run_trial
from app.errors import NotPossible


def listed(folder: Path) -> list[Path]:
    """The files of rules in a folder, by their names; not those in folders within."""
    return sorted([*folder.glob("*.yaml"), *folder.glob("*.yml"), *folder.glob("*.json")])


def files_in(path: Path) -> list[Path]:
    """The rules of a folder, by their names; a file is itself.

    Raises:
        NotPossible: the folder has none.
    """
    if not path.is_dir():
        return [path]
    found = listed(path)
    if not found:
        raise NotPossible(f"{path} has no rules: they end in .yaml, .yml or .json.")
    return found


def text_of(file: Path) -> str:
    """What stands in a file.

    Raises:
        NotPossible: it cannot be read.
    """
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotPossible(f"{file} cannot be read: {error}.") from error


def run_tests(files: Sequence[Path], only: str | None) -> bool:
    """Run the tests of rules and say how each went; whether all passed.

    Args:
        files: of rules. One that is none is told, and the others go on.
        only: words of the tests' names; None for all, of which each rule must have one.

    Raises:
        NotPossible: no test has these words in its name.
    """
    ran, failed = 0, 0
    for file in files:
        try:
            rule = read(from_yaml(text_of(file)))
        except RuleNotUnderstood as error:
            typer.echo(f"{file}: no rule: {error}")
            failed += 1
            continue
        if not rule.tests and only is None:
            typer.echo(f"{file}: no tests")
            failed += 1
        for trial in rule.tests:
            if only is not None and only.casefold() not in trial.name.casefold():
                continue
            tried, ran = run_trial(rule, trial), ran + 1
            typer.echo(f"{file}: {trial.name}: {'failed' if tried.faults else 'passed'}")
            for fault in tried.faults:
                typer.echo(f"  {fault}")
            failed += bool(tried.faults)
    if only is not None and not ran:
        raise NotPossible(f"No test has {only!r} in its name.")
    return not failed
