"""Exports in the shape of Jira's REST answers: issues out of a file, one after the other.

A file holds one document a line, or a JSON array, or search answers (`{"issues": […]}`), plain or packed with
gzip or zstd. It may be larger than memory: what is held is one issue, or one line.
"""

import codecs
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, cast

import msgspec
import zstandard

from connectors.nesting import shallow

# Of one issue, and so of one line.
MOST_BYTES = 64 * 2**20
# A first line that is longer may be a whole export, which is not read at once.
_LONG = 4 * 2**20
_CHUNK = 2**20
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_GAP = re.compile(r"[\s,]*")
# Beside the issues of a search answer: what the fields are called and what they hold.
_DESCRIBES = frozenset({"names", "schema"})

Document = Mapping[str, Any]


class NotAnExport(ValueError):
    """A file that cannot be opened, unpacked or read at all; says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in an export.

    Attributes:
        line: where it begins, counted from 1.
        document: an issue; None where it could not be read.
        fault: why not.
        describes: `names` and `schema` of a search answer, in place of an issue.
    """

    line: int
    document: Document | None = None
    fault: str = ""
    describes: Document | None = None


@contextmanager
def unpacked(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, whatever it is packed with; its first bytes tell, not its name.

    Raises:
        NotAnExport: it cannot be opened.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        message = f"{path} cannot be opened: {error.strerror}"
        raise NotAnExport(message) from error
    with file:
        head = file.peek(4)[:4]
        if head.startswith(_GZIP):
            with gzip.open(file) as plain:
                yield cast("IO[bytes]", plain)
        elif head.startswith(_ZSTD):
            reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
            with BufferedReader(cast("Any", reader)) as plain:
                yield cast("IO[bytes]", plain)
        else:
            yield file


def entries(path: Path) -> Iterator[Entry]:
    """Every issue of an export, in its order; what cannot be read is an entry with its fault.

    One document a line is read line by line, so that a broken line costs only itself. Behind a fault in an
    array nothing can be made out: it ends the reading.

    Raises:
        NotAnExport: the file cannot be opened or unpacked.
    """
    with unpacked(path) as file:
        try:
            yield from _entries(file)
        except (OSError, EOFError, zstandard.ZstdError) as error:
            message = f"{path} cannot be unpacked: {error}"
            raise NotAnExport(message) from error


def _entries(file: IO[bytes]) -> Iterator[Entry]:
    first, skipped = b"\n", -1
    while first and not first.strip(b"\xef\xbb\xbf \t\r\n"):
        first, skipped = file.readline(MOST_BYTES), skipped + 1
    first = first.removeprefix(codecs.BOM_UTF8)
    if _is_document(first):
        yield from _of_lines(first, file, skipped + 1)
    elif first:
        yield from _of_values(_Text(first, file, skipped + 1))


def _is_document(line: bytes) -> bool:
    if line.startswith(b"[") or len(line) > _LONG:
        return False
    try:
        return isinstance(_decoded(line), dict)
    except ValueError:
        return not line.lstrip().startswith((b"{", b"["))


def _decoded(line: bytes) -> Any:
    """The value of a line.

    Raises:
        ValueError: not JSON.
    """
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):  # half a surrogate pair is JSON, too
        return json.loads(shallow(line))


def _of_lines(line: bytes, file: IO[bytes], number: int) -> Iterator[Entry]:
    while line:
        if len(line) == MOST_BYTES:
            yield Entry(number, fault=f"the line is longer than {MOST_BYTES >> 20} MiB")
            while line and not line.endswith(b"\n"):
                line = file.readline(_CHUNK)
        elif line.strip():
            try:
                yield from _of_document(_decoded(line), number)
            except ValueError as error:
                yield Entry(number, fault=f"not JSON: {error}")
        line, number = file.readline(MOST_BYTES), number + 1


def _of_document(document: object, line: int) -> Iterator[Entry]:
    """An issue, a search answer or an array of issues."""
    if isinstance(document, list):
        for one in document:
            yield from _of_document(one, line)
    elif not isinstance(document, dict):
        yield Entry(line, fault=f"{type(document).__name__} in place of an issue")
    elif isinstance(document.get("issues"), list):
        yield Entry(line, describes={name: document[name] for name in _DESCRIBES & document.keys()})
        for one in document["issues"]:
            yield from _of_document(one, line)
    else:
        yield Entry(line, document)


@dataclass(slots=True)
class _Text:
    """Text of which only a piece is in memory."""

    head: bytes
    file: IO[bytes]
    line: int
    text: str = ""
    at: int = 0
    ended: bool = False
    _utf8: Any = field(default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace"))

    def more(self) -> bool:
        """Read on; False at the end. What is open may be long, so that much more is read at once."""
        if self.ended:
            return False
        read = self.head or self.file.read(max(_CHUNK, len(self.text) - self.at))
        self.head = b""
        self.ended = not read
        self.line += self.text.count("\n", 0, self.at)
        self.text = self.text[self.at :] + self._utf8.decode(read, final=self.ended)
        self.at = 0
        return not self.ended

    def peek(self) -> str:
        """The next sign that is neither space nor comma; empty at the end."""
        while True:
            self.at = cast("re.Match[str]", _GAP.match(self.text, self.at)).end()
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def take(self, sign: str) -> None:
        """Step over one sign.

        Raises:
            ValueError: another one is there.
        """
        if (found := self.peek()) != sign:
            message = f"{found or 'the end'!r} in place of {sign!r}"
            raise ValueError(message)
        self.at += 1

    def value(self) -> Any:
        """The next whole value.

        Raises:
            ValueError: there is none.
        """
        self.peek()
        while True:
            try:
                read, end = json.JSONDecoder().raw_decode(self.text, self.at)
            except RecursionError as error:
                message = "a value is nested too deep; write one issue a line"
                raise ValueError(message) from error
            except ValueError:
                if len(self.text) - self.at > MOST_BYTES or not self.more():
                    raise
                continue
            if end < len(self.text) or self.ended:
                self.at = end
                return read
            self.more()  # a number may go on behind the piece that is here

    @property
    def place(self) -> int:
        """The line that is read now."""
        return self.line + self.text.count("\n", 0, self.at)


def _of_values(text: _Text) -> Iterator[Entry]:
    """Arrays, search answers and issues that go over many lines, or one that is very long."""
    try:
        while sign := text.peek():
            if sign == "[":
                yield from _of_array(text)
            elif sign == "{":
                yield from _of_object(text)
            else:
                message = f"{sign!r} in place of an issue"
                raise ValueError(message)  # noqa: TRY301 - the same way out as for what json finds
    except ValueError as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        yield Entry(text.place, fault=f"not JSON: {why}; nothing behind it was read")


def _of_array(text: _Text) -> Iterator[Entry]:
    text.take("[")
    while text.peek() != "]":
        line = text.place
        yield from _of_document(text.value(), line)
    text.take("]")


def _of_object(text: _Text) -> Iterator[Entry]:
    """Member by member, so that the issues of a search answer are never together in memory."""
    line, members, is_answer = text.place, dict[str, Any](), False
    text.take("{")
    while text.peek() != "}":
        name = text.value()
        text.take(":")
        if name == "issues" and text.peek() == "[":
            is_answer = True
            yield Entry(line, describes={one: members[one] for one in _DESCRIBES & members.keys()})
            yield from _of_array(text)
        else:
            members[str(name)] = text.value()
    text.take("}")
    if is_answer:
        yield Entry(line, describes={one: members[one] for one in _DESCRIBES & members.keys()})
    else:
        yield Entry(line, members)
