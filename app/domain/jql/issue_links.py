"""Links by their other end: `issueLink = ABC-1`, `workItemLink[blocks] = ABC-1`, `workItemBlocks = ABC-1`.

`!=` and NOT IN are of issues "with linked work items but not linked to" these (Atlassian's page on fields).
"""

from app.domain.jql.catalogue import AROUND, SYSTEM, Catalogue
from app.domain.jql.errors import JqlNotUnderstood, JqlRefused
from app.domain.jql.needs import link_words, values_in
from app.domain.jql.plan import Always, Blank, Both, Condition, Has, folded
from app.domain.jql.tree import Field, Operator, Terminal, Value

_EQUAL = frozenset({Operator.EQUALS, Operator.IN})
_UNEQUAL = frozenset({Operator.NOT_EQUALS, Operator.NOT_IN})
_OTHER_END = {"out": "in", "in": "out"}


def is_asked(field: Field, catalogue: Catalogue) -> bool:
    """Whether a field that the site itself does not have is about links."""
    words = None if field.is_custom_id else link_words(field.name)
    return words is not None and (not words or bool(_described(words, catalogue)))


def condition(clause: Terminal, operator: Operator, catalogue: Catalogue, text: str) -> Condition:
    """Which issues stand at the other ends.

    Raises:
        JqlNotUnderstood: another operator; an issue or a kind of link that there is not.
        JqlRefused: links are not followed for this question.
    """
    values = list(values_in(clause.operand))
    if operator not in _EQUAL | _UNEQUAL or not values:
        fault = (
            f"{clause.field.text} does not support {clause.operator.upper()}. Write = or IN, and keys; of "
            "issues with any link, or none, ask `issueLinkType IS NOT EMPTY`, or IS EMPTY."
        )
        raise JqlNotUnderstood(text, clause.operator_position, fault)
    if catalogue.links is None:
        fault = f"{clause.field.text} is answered by searches of the present only."
        raise JqlRefused(text, clause.field.position, fault)
    marks = _marks(clause.field, catalogue, text)
    found = frozenset(end for each in values for end in _ends(each, marks, catalogue, text))
    subject, links = SYSTEM["key"], AROUND["issuelinktype"]
    if operator in _EQUAL:
        return Has(subject, found) if found else Always(true=False)
    linked: Condition = Blank(links, holds=False) if marks is None else Has(links, marks)
    return Both((linked, Has(subject, found, holds=False))) if found else linked


def _ends(given: Value, marks: frozenset[str] | None, catalogue: Catalogue, text: str) -> list[str]:
    """Ids of the issues that such links join with the given one; a mark is seen from their side."""
    links = (catalogue.links or {}).get(given.value.strip())
    if links is None:
        raise JqlNotUnderstood(text, given.position, f"There is no issue {given.text} in the store.")
    return [end for mark, end in links if marks is None or _from_the_other(mark) in marks]


def _from_the_other(mark: str) -> str:
    way, _, kind = mark.partition(":")
    return f"{_OTHER_END[way]}:{kind}"


def _marks(field: Field, catalogue: Catalogue, text: str) -> frozenset[str] | None:
    """Of the kind of link that the field names; None for any."""
    if not field.properties:
        words = link_words(field.name)
        return frozenset(_described(words, catalogue)) if words else None
    (named, *others) = field.properties
    marks = catalogue.link_marks(named.key.value.strip(), is_folded=True)
    if marks and not others and not named.path:
        return frozenset(marks)
    known = sorted({said for each in catalogue.link_types for said in (each.outward, each.inward)})
    fault = f"No link is described as {named.key.text}. There are: {', '.join(known)}."
    raise JqlNotUnderstood(text, named.key.position, fault)


def _described(words: str, catalogue: Catalogue) -> list[str]:
    """Marks of the link whose description is the end of the field's name: `workItemIsBlockedBy`."""
    sides = [(f"out:{each.id}", each.outward) for each in catalogue.link_types]
    sides += [(f"in:{each.id}", each.inward) for each in catalogue.link_types]
    return [mark for mark, said in sides if folded(said).replace(" ", "") == words]
