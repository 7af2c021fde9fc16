"""How far long work is, while somebody waits for it at a terminal."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import typer


class Watching:
    """Shows the progress of a run: a bar with an estimate for a first reading, else a line when it changed.

    What stands in the progress is told by `jobs.sync.reading.Reading.progress`.
    """

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._bar: Any = None
        self._shown = 0
        self._line = ""

    def show(self, progress: Mapping[str, Any]) -> None:
        """The newest word of it."""
        if "expected" in progress:
            self._advance(progress["expected"], progress["read"])
        elif self._bar is None:
            self.say(in_words(progress))

    def say(self, line: str) -> None:
        """A line, unless it was the last one, too."""
        if line and line != self._line:
            self._line = line
            typer.echo(line, err=True)

    def end(self, progress: Mapping[str, Any]) -> None:
        """What came of it, as the output of the command; a terminal that shows it already says it once."""
        line = in_words(progress)
        if line != self._line or not _shows_both():
            typer.echo(line)

    def _advance(self, expected: int, read: int) -> None:
        if self._bar is None:
            bar = typer.progressbar(length=expected, label="Reading issues", show_pos=True, file=sys.stderr)
            self._bar = self._stack.enter_context(bar)
        self._bar.update(read - self._shown)
        self._shown = read


@contextmanager
def watching() -> Iterator[Watching]:
    """For as long as the work takes."""
    with ExitStack() as stack:
        yield Watching(stack)


def in_words(progress: Mapping[str, Any]) -> str:
    """Counts as a sentence for people: `72 issues, 2 boards`."""
    return ", ".join(f"{value} {name}" for name, value in progress.items() if isinstance(value, int))


def _shows_both() -> bool:
    """Whether output and messages go to somebody's terminal: neither is read by a program."""
    return sys.stdout.isatty() and sys.stderr.isatty()
