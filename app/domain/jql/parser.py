"""Reads JQL: a recursive descent with one function a rule of the grammar (jira-facts.md 6.1)."""

from app.domain.jql.errors import JqlNotUnderstood
from app.domain.jql.tokens import NO_COMMENTS, Token, tokens_of
from app.domain.jql.tree import (
    And,
    Call,
    Clause,
    Empty,
    Field,
    Listed,
    Not,
    Operand,
    Operator,
    Or,
    Predicate,
    Property,
    Query,
    Sort,
    Terminal,
    Value,
)
from app.domain.jql.words import unescape

MOST_NESTED = 150
"""Parentheses and NOTs inside each other; people write five."""

_SIGNS = {"=", "!=", "<", "<=", ">", ">=", "~", "!~"}
_COMPARING = {Operator.LESS, Operator.LESS_EQUALS, Operator.GREATER, Operator.GREATER_EQUALS}
_LISTS = {Operator.IN, Operator.NOT_IN, Operator.WAS_IN, Operator.WAS_NOT_IN}
_WAS = {Operator.WAS, Operator.WAS_NOT, Operator.WAS_IN, Operator.WAS_NOT_IN}
_WAS_PREDICATES = frozenset({"after", "before", "on", "during", "by"})
_CHANGED_PREDICATES = _WAS_PREDICATES | {"from", "to"}
_TEXTS = {"word", "quoted", "number"}
_OF_SEVERAL = {
    Operator.EQUALS: "IN",
    Operator.NOT_EQUALS: "NOT IN",
    Operator.WAS: "WAS IN",
    Operator.WAS_NOT: "WAS NOT IN",
}
_FOREIGN = {
    "==": "=",
    **dict.fromkeys(("<>", "><", "=!", "not="), "!="),
    "=>": ">=",
    "=<": "<=",
    "not~": "!~",
    "!in": "NOT IN",
    "!is": "IS NOT",
    "!was": "WAS NOT",
}
"""How operators are written elsewhere, by their tokens, and how here."""
_VALUE = "A value"
_WORDED = ("was not in", "was not", "was in", "was", "is not", "is", "not in", "in", "changed")
_WORDED_PARTS = [tuple(words.split()) for words in _WORDED]


def parse(query: str) -> Query:
    """A query as a tree.

    Raises:
        JqlNotUnderstood: Jira would refuse it; with the place and the way out.
    """
    return _Parser(query).query()


class _Parser:
    """The tokens and how far they are read."""

    def __init__(self, query: str) -> None:
        self.text = query
        self.tokens = tokens_of(query)
        self.at = 0
        self.depth = 0

    def query(self) -> Query:
        where = None if self._next().kind in {"end", "order"} else self._clause()
        order_by = self._order_by() if self._next().kind == "order" else ()
        left = self._next()
        if left.kind != "end":
            raise self._after_clause(left)
        return Query(where, order_by, self.text)

    # --- the tokens ---

    def _next(self) -> Token:
        return self.tokens[self.at]

    def _take(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def _has(self, kind: str) -> bool:
        if self.tokens[self.at].kind != kind:
            return False
        self.at += 1
        return True

    def _need(self, kind: str, what: str) -> Token:
        token = self._next()
        if token.kind != kind:
            raise self._fault(token, f"{what} is missing here")
        return self._take()

    # --- clauses ---

    def _clause(self) -> Clause:
        """Anything with OR and AND."""
        alternatives: list[Clause] = []
        while True:
            together = [self._single()]
            while self._has("and"):
                together.append(self._single())
            alternatives.append(together[0] if len(together) == 1 else And(tuple(together)))
            if not self._has("or"):
                return alternatives[0] if len(alternatives) == 1 else Or(tuple(alternatives))

    def _single(self) -> Clause:
        """A condition, or something in parentheses, or the opposite of one."""
        token = self._next()
        if token.kind not in {"not", "!", "("}:
            return self._terminal()
        self.depth += 1
        if self.depth > MOST_NESTED:
            fault = (
                f"More than {MOST_NESTED} parentheses and NOTs stand inside each other. Flatten the query."
            )
            raise JqlNotUnderstood(self.text, token.position, fault)
        self._take()
        if token.kind == "(":
            clause = self._clause()
            self._need(")", "The closing parenthesis")
        else:
            clause = Not(self._single())
        self.depth -= 1
        return clause

    def _terminal(self) -> Terminal:
        field = self._field()
        start = self._next()
        operator, text = self._operator()
        if operator is Operator.CHANGED:
            predicates = self._predicates(operator, _CHANGED_PREDICATES)
            self._check_that_changed_takes_no_value()
            return Terminal(field, operator, None, predicates, text, start.position)
        operand = self._operand_of(operator)
        predicates = self._predicates(operator, _WAS_PREDICATES) if operator in _WAS else ()
        return Terminal(field, operator, operand, predicates, text, start.position)

    def _field(self) -> Field:
        token = self._next()
        if token.kind == "number":
            self._take()
            return Field(token.text, token.text, position=token.position)
        if token.kind == "cf":
            return self._custom_field()
        if token.kind not in _TEXTS:
            raise self._fault(token, "The name of a field is missing here")
        self._take()
        return Field(_said(token), token.text, properties=self._properties(), position=token.position)

    def _custom_field(self) -> Field:
        start = self._take()
        self._need("[", "cf is a reserved word; for a custom field write cf[10001]. The bracket")
        number = self._next()
        if number.kind != "number" or number.text.startswith("-"):
            raise self._fault(number, "The number of the custom field, as in cf[10001], is missing here")
        self._take()
        self._need("]", "The closing bracket")
        text = f"cf[{number.text}]"
        return Field(
            number.text, text, is_custom_id=True, properties=self._properties(), position=start.position
        )

    def _properties(self) -> tuple[Property, ...]:
        if self._next().kind != "[":
            return ()
        found = []
        while self._has("["):
            key = self._value("The key of the property")
            self._need("]", "The closing bracket")
            path = []
            while self._next().kind in _TEXTS:
                path.append(self._value("A path"))
            found.append(Property(key, tuple(path)))
        return tuple(found)

    def _check_that_changed_takes_no_value(self) -> None:
        token = self._next()
        if token.kind in _TEXTS | {"in", "=", "("}:
            fault = f"CHANGED takes no value by itself; write CHANGED FROM …, or TO …: there is {token.text}."
            raise JqlNotUnderstood(self.text, token.position, fault)

    def _operator(self) -> tuple[Operator, str]:
        token = self._next()
        self._check_that_it_is_an_operator(token)
        if token.kind in _SIGNS:
            self._take()
            return Operator(token.text), token.text
        for words in _WORDED_PARTS:
            if words[0] != token.kind:
                continue
            following = self.tokens[self.at : self.at + len(words)]
            if tuple(each.kind for each in following) == words and all(
                each.text != "!" for each in following
            ):
                self.at += len(words)
                return Operator(" ".join(words)), " ".join(each.text for each in following)
        raise self._fault(
            token, "An operator is missing here, such as =, !=, <, >, ~, IN, IS, WAS or CHANGED"
        )

    def _check_that_it_is_an_operator(self, token: Token) -> None:
        """Those of other languages are told with JQL's own."""
        following = self.tokens[self.at + 1] if token.kind != "end" else token
        both = token.kind + following.kind
        is_one = token.kind == "not" or token.position + len(token.text) == following.position
        if is_one and (meant := _FOREIGN.get(both)):
            written = self.text[token.position : following.position + len(following.text)]
            raise JqlNotUnderstood(self.text, token.position, f"{written} is no operator. Write {meant}.")

    # --- operands ---

    def _operand_of(self, operator: Operator) -> Operand:
        token = self._next()
        operand = self._operand()
        if operator in _LISTS and not isinstance(operand, Listed | Call):
            fault = f"{operator.upper()} takes a list in parentheses, or a function: write ({token.text})."
        elif operator in {Operator.IS, Operator.IS_NOT} and not isinstance(operand, Empty):
            sign = "=" if operator is Operator.IS else "!="
            fault = f"{operator.upper()} takes only EMPTY or NULL. For a value write {sign}."
        elif operator not in _LISTS and isinstance(operand, Listed):
            fault = (
                f"{operator.upper()} takes one value. For several write {_OF_SEVERAL.get(operator, 'OR')}."
            )
        elif operator in _COMPARING and isinstance(operand, Empty):
            fault = f"{operator} cannot compare with EMPTY. Write IS EMPTY."
        else:
            return operand
        raise JqlNotUnderstood(self.text, token.position, fault)

    def _operand(self) -> Operand:
        token = self._next()
        if token.kind == "empty":
            self._take()
            return Empty(token.position)
        if token.kind == "(":
            return self._list()
        found = self._value(_VALUE)
        if self._has("("):
            return Call(found, self._arguments())
        return found

    def _list(self) -> Listed:
        start = self._take()
        self.depth += 1
        if self.depth > MOST_NESTED:
            fault = (
                f"More than {MOST_NESTED} lists and parentheses stand inside each other. Flatten the query."
            )
            raise JqlNotUnderstood(self.text, start.position, fault)
        operands = [self._operand()]
        while self._has(","):
            operands.append(self._operand())
        self._need(")", "A comma, or the parenthesis that closes the list,")
        self.depth -= 1
        return Listed(tuple(operands), start.position)

    def _arguments(self) -> tuple[Value, ...]:
        if self._has(")"):
            return ()
        found = [self._value("An argument of the function")]
        while self._has(","):
            found.append(self._value("An argument of the function"))
        self._need(")", "The parenthesis that closes the arguments")
        return tuple(found)

    def _value(self, what: str) -> Value:
        token = self._next()
        if token.kind not in _TEXTS:
            raise self._fault(token, f"{what} is missing here")
        self._take()
        return Value(_said(token), token.text, token.position)

    def _predicates(self, operator: Operator, known: frozenset[str]) -> tuple[Predicate, ...]:
        found = []
        while (token := self._next()).kind in known:
            self._take()
            found.append(Predicate(token.kind, self._operand(), token.text))
        if token.kind in _CHANGED_PREDICATES:
            fault = f"{token.text.upper()} goes with CHANGED only, not with {operator.upper()}."
            raise JqlNotUnderstood(self.text, token.position, fault)
        return tuple(found)

    # --- order ---

    def _order_by(self) -> tuple[Sort, ...]:
        self._take()
        self._need("by", "BY, as in ORDER BY,")
        found = [self._sort()]
        while self._has(","):
            found.append(self._sort())
        return tuple(found)

    def _sort(self) -> Sort:
        field = self._field()
        if self._has("asc"):
            return Sort(field, descending=False)
        return Sort(field, descending=True if self._has("desc") else None)

    # --- faults ---

    def _after_clause(self, token: Token) -> JqlNotUnderstood:
        if token.kind == ")":
            return JqlNotUnderstood(
                self.text, token.position, "No parenthesis is open that this one could close."
            )
        if token.kind in _CHANGED_PREDICATES:
            fault = f"{token.text.upper()} narrows WAS and CHANGED only."
            return JqlNotUnderstood(self.text, token.position, fault)
        if token.text.startswith("--"):
            return JqlNotUnderstood(self.text, token.position, NO_COMMENTS)
        if any(each.kind == "order" for each in self.tokens[: self.at]):
            return self._fault(token, "ASC, DESC, a comma or the end of the query is missing here")
        return self._fault(token, "AND, OR or ORDER BY is missing here")

    def _fault(self, token: Token, missing: str) -> JqlNotUnderstood:
        found = _found(token)
        following = self.tokens[self.at + 1] if token.kind != "end" and token is self._next() else token
        is_word = token.kind not in _TEXTS and token.text.isalpha()
        if missing.startswith(_VALUE) and is_word and following.kind in _TEXTS:
            # `status = In Progress`: a name that begins with a word of the language.
            name = f'"{token.text} {following.text}"'
            found = f"{token.text} is a reserved word. Put a name with it in quotes: {name}."
        return JqlNotUnderstood(self.text, token.position, f"{missing}: {found}")


def _said(token: Token) -> str:
    return unescape(token.text[1:-1] if token.kind == "quoted" else token.text)


def _found(token: Token) -> str:
    """What stands there instead, and what to do about it."""
    if token.kind == "end":
        return "the query ends."
    if token.kind in _TEXTS:
        return f"there is {token.text}. Text of several words needs quotes around it."
    if token.kind == "reserved" or token.text[:1].isalpha():
        return f"{token.text} is a reserved word. Put it in quotes if it is a name or a value."
    return f"there is {token.text}"
