"""JQL as tokens, and what the sandbox says of a query that it cannot run, in Jira's manner."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<sign>!=|!~|>=|<=|&&|\|\||[=<>(),&|~!])"""
    r"""|(?P<word>cf\[\d+\]|[^\s"'=!<>(),&|~\[\]{}*/%+^$#@?;]+))"""
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class JqlNotUnderstoodError(ValueError):
    """The query is wrong, or of a form that the sandbox does not know; says which in Jira's manner."""


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    quoted: bool
    position: int

    def says(self, *words: str) -> bool:
        return not self.quoted and self.text.lower() in words


@dataclass(frozen=True, slots=True)
class Value:
    """A value in a clause: a text, or a function with its arguments."""

    text: str
    quoted: bool = False
    arguments: tuple[str, ...] | None = None

    @property
    def empty(self) -> bool:
        return not self.quoted and self.arguments is None and self.text.lower() in {"empty", "null"}

    def calls(self, name: str) -> bool:
        return self.arguments is not None and self.text.lower() == name.lower()


class Tokens:
    """The tokens of a query, and the place where its reader stands."""

    def __init__(self, text: str) -> None:
        self._found = _split(text)
        self._at = 0

    def peek(self, ahead: int = 0) -> Token | None:
        place = self._at + ahead
        return self._found[place] if place < len(self._found) else None

    def ahead(self, *words: str) -> bool:
        token = self.peek()
        return token is not None and token.says(*words)

    def take(self, *words: str) -> bool:
        """Step over one of the words, if one stands here."""
        found = self.ahead(*words)
        self._at += found
        return found

    def next(self, expected: str) -> Token:
        token = self.peek()
        if token is None:
            message = f"Error in the JQL Query: Expecting {expected} before the end of the query."
            raise JqlNotUnderstoodError(message)
        self._at += 1
        return token

    def expect(self, *words: str) -> None:
        token = self.next(f"'{words[0].upper()}'")
        if not token.says(*words):
            raise JqlNotUnderstoodError(unexpected(token))


def _split(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise JqlNotUnderstoodError(unexpected(Token(text[at:].strip()[0], quoted=False, position=at)))
        quoted = match["quoted"]
        word = _unquoted(quoted) if quoted else match["sign"] or match["word"]
        found.append(Token(word, bool(quoted), match.start(match.lastgroup or 0)))
        at = match.end()
    return found


def _unquoted(text: str) -> str:
    def plain(escape: re.Match[str]) -> str:
        letter = escape[1]
        return chr(int(letter[1:], 16)) if len(letter) > 1 else _ESCAPES.get(letter, letter)

    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", plain, text[1:-1], flags=re.DOTALL)


def unexpected(token: Token) -> str:
    place = f"(line 1, character {token.position + 1})"
    return (
        f"Error in the JQL Query: '{token.text}' is not expected here, or not known to the sandbox. {place}"
    )


def no_such_field(name: str) -> str:
    return f"Field '{name}' does not exist or you do not have permission to view it."


def no_such_value(value: str, field: str) -> str:
    return f"The value '{value}' does not exist for the field '{field}'."


def no_such_operator(operator: str, field: str) -> str:
    return f"The operator '{operator}' is not supported by the '{field}' field."
