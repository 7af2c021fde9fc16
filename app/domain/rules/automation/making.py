"""One rule of an export becomes one of ours, part by part. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.rules.automation.actions import action
from app.domain.rules.automation.conditions import all_of, condition, kin, query_with_values
from app.domain.rules.automation.created import CREATE, CREATE_ISSUE, is_needed_by, no_created, with_created
from app.domain.rules.automation.mustache import OTHERS
from app.domain.rules.automation.requests import goes_on, is_waited_for, notes
from app.domain.rules.automation.scope import projects_of
from app.domain.rules.automation.told import (
    Fate,
    Known,
    Told,
    UnknownError,
    items,
    mapping,
    shown,
    strange,
    text,
)
from app.domain.rules.automation.triggers import narrowing, needs_issue, trigger
from app.domain.rules.errors import RuleNotUnderstood, TemplateRefused
from app.domain.rules.once import TYPES_WITHOUT_ISSUE
from app.domain.rules.once_parts import in_projects
from app.domain.rules.reading import read
from app.domain.rules.rendering import check_request, names_in
from app.domain.rules.secrets import texts_in
from app.domain.rules.smart_values import CREATED, LOOKED_UP, NAMES, WEB_RESPONSE

_WIKI = re.compile(
    r"\{(?:code|color|quote|panel|noformat)|^h[1-6]\. |\[[^\]|\n]+\|[^\]\n]+\]|\[~", re.MULTILINE
)


class _NotMadeError(Exception):
    """The rule would be about more than it was; it is told already."""


class Making:
    """One rule on its way.

    Args:
        name: of the rule.
        known: what ids of the site mean.

    Attributes:
        told: what is not as it was.
    """

    def __init__(self, name: str, known: Known) -> None:
        self._name = name
        self._known = known
        self._once = 0
        self._of_no_issue = False
        """Whether it is decided once for an event, without an issue."""
        self._projects: Sequence[str] = ()
        self._values = {*NAMES} - {CREATED, *OTHERS}
        self._creates = 0
        """Issues that were created on the way, before the part at hand."""
        self._branches = 0
        """For other issues, that stand around it."""
        self._behind: list[bool] = []
        """Of each block that stands around, whether something stands behind it."""
        self._narrowed: list[Any] = []
        """Conditions that stood in the trigger."""
        self.told: list[Told] = []

    def tell(self, where: str, kind: Any, fate: Fate, did: str, instead: str) -> None:
        """Note what is not as it was."""
        self.told.append(Told(self._name, where, kind if isinstance(kind, str) else "", fate, did, instead))

    def rule(self, rule: Any) -> dict[str, Any] | None:
        """The document; None where it cannot be made."""
        try:
            return self._made(rule)
        except _NotMadeError:
            return None

    def _made(self, rule: Any) -> dict[str, Any]:
        if not isinstance(rule, Mapping):
            raise self._refused("", "", strange(rule))
        document: dict[str, Any] = {"name": self._name}
        if isinstance(rule.get("description"), str) and rule["description"].strip():
            document["description"] = rule["description"][:2000]
        try:
            projects = projects_of(rule, self._known)
        except UnknownError as error:
            raise self._refused("projects", "", error) from error
        document["trigger"] = self._trigger(rule.get("trigger"))
        self._of_no_issue = document["trigger"].get("once") is True
        self._projects = projects
        if projects and in_projects(document["trigger"]):
            document = {"name": document.pop("name"), "projects": projects, **document}
        elif projects:
            did = f"It was for {', '.join(projects)}; what it does without an issue is in no project."
            self.tell("projects", "", Fate.CHANGED, did, "Name the projects in its queries.")
        try:
            components = items(rule.get("components"))
        except UnknownError as error:
            raise self._refused("components", "", error) from error
        gate, actions = self._body("components", components)
        if gate := [*self._narrowed, *gate]:
            document["when"] = all_of(gate)
        document["actions"] = actions
        if rule.get("canOtherRuleTrigger") is True:
            document["own_changes"] = True
        if rule.get("state") not in ("ENABLED", None):
            self.tell(
                "state", "", Fate.CHANGED, f"It was {shown(rule['state'])}.", "Leave it in shadow, or off."
            )
        return self._read(document)

    def _read(self, document: dict[str, Any]) -> dict[str, Any]:
        if not document["actions"]:
            error = UnknownError("None of its actions could be taken over.", "Write the rule by hand.")
            raise self._refused("components", "", error)
        try:
            read(document)
        except RuleNotUnderstood as fault:
            error = UnknownError(f"It is no rule of ours: {fault}", "Write the rule by hand.")
            raise self._refused("", "", error) from fault
        return document

    def _refused(self, where: str, kind: Any, error: UnknownError) -> _NotMadeError:
        self.tell(where, kind, Fate.NOT_MADE, error.did, error.instead)
        return _NotMadeError()

    def _trigger(self, component: Any) -> dict[str, Any]:
        kind = component.get("type") if isinstance(component, Mapping) else None
        try:
            found = mapping(component)
            if found.get("conditions") or found.get("children"):
                raise strange(found)
            made, notes = trigger(text(kind), found.get("value"), self._known)
            self._narrowed = narrowing(text(kind), found.get("value"))
        except UnknownError as error:
            raise self._refused("trigger", kind, error) from error
        for note in notes:
            self.tell("trigger", kind, Fate.CHANGED, note, "Look at the trigger.")
        return made

    # --- what it does ---

    def _body(
        self, where: str, components: Sequence[Any], start: int = 0
    ) -> tuple[list[Any], list[dict[str, Any]]]:
        """From a place on, the conditions that come first, and the actions.

        A condition further on holds for what follows it.
        """
        number = start
        gate: list[Any] = []
        while number < len(components) and _is_condition(components[number]):
            gate.append(self._condition(f"{where}/{number}", components[number]))
            number += 1
        actions: list[dict[str, Any]] = []
        while number < len(components):
            if _is_condition(components[number]):
                inner, then = self._body(where, components, number)
                return gate, [*actions, *_if(all_of(inner), then, [])]
            if is_waited_for(components[number]):
                return gate, [*actions, *self._answered(where, components, number)]
            rest = components[number + 1 :]
            self._behind.append(bool(rest))
            actions += self._action(f"{where}/{number}", components[number])
            self._behind.pop()
            number += 1
            if is_needed_by(components[number - 1], rest) and self._is_first_created(actions):
                return gate, [*actions, *self._with_created(where, components, number)]
        return gate, actions

    def _is_first_created(self, actions: Sequence[Mapping[str, Any]]) -> bool:
        """Only then it is clear which issue is meant, and the branch may stand here."""
        return bool(actions) and actions[-1]["type"] == CREATE and self._creates == 1 and not self._branches

    def _with_created(self, where: str, components: Sequence[Any], start: int) -> list[dict[str, Any]]:
        """What names the new issue waits until that is there."""
        before = set(self._values)
        self._values.add(CREATED)
        self._branches += 1
        rest = self._rest(where, components, start)
        self._branches -= 1
        self._values = before
        if any(self._behind):
            did = "What stands behind this block waited until the issue was created; here it does not."
            self.tell(f"{where}/{start - 1}", CREATE_ISSUE, Fate.CHANGED, did, "Move it into the `branch`.")
        return with_created(rest, back=not self._of_no_issue) if rest else []

    def _answered(self, where: str, components: Sequence[Any], number: int) -> list[dict[str, Any]]:
        """A web request, and what stands behind it in its list, which goes on with the answer."""
        component, place = components[number], f"{where}/{number}"
        (made,) = self._action(place, component) or (None,)
        if made is None:  # what needs the answer is told, step by step, as what has none
            return self._rest(where, components, number + 1)
        before = set(self._values)
        self._values.add(WEB_RESPONSE)
        then = self._rest(where, components, number + 1)
        self._values = before
        if any(self._behind):
            did = "What stands behind this block waited for the answer; here it does not."
            self.tell(place, component.get("type"), Fate.CHANGED, did, "Move it into the `then`.")
        try:
            return [goes_on(component, made, then)]
        except UnknownError as error:
            self.tell(place, component.get("type"), Fate.LEFT_OUT, error.did, error.instead)
            return then

    def _rest(self, where: str, components: Sequence[Any], start: int) -> list[dict[str, Any]]:
        gate, actions = self._body(where, components, start)
        return _if(all_of(gate), actions, []) if gate else actions

    def _condition(self, where: str, component: Mapping[str, Any]) -> Any:
        kind = component.get("type")
        try:
            if component.get("children") or (component.get("conditions") and "related" not in str(kind)):
                raise strange(dict(component))
            found = condition(component, self._known)
            self._named(found)
        except UnknownError as error:
            raise self._refused(where, kind, error) from error
        return found

    def _action(self, where: str, component: Any) -> list[dict[str, Any]]:
        kind = component.get("type") if isinstance(component, Mapping) else None
        try:
            found = mapping(component)
            if kind == "jira.condition.container.block":
                return self._blocks(where, items(found.get("children")))
            if kind == "jira.issue.related":
                return self._branch(where, found)
            if found.get("component") not in ("ACTION", "BRANCH"):
                raise self._refused(where, kind, strange(component))
            made = action(found, self._known)
            if made["type"] == "web_request" and not is_waited_for(found):
                made = goes_on(found, made, [])
            self._named(made)
            if self._has_no_issue and made["type"] not in TYPES_WITHOUT_ISSUE:
                raise needs_issue(f"Its action `{made['type']}` needs an issue")
        except UnknownError as error:
            self.tell(where, kind, Fate.LEFT_OUT, error.did, error.instead)
            return []
        return [self._finished(where, kind, self._placed(made))]

    def _named(self, made: Any) -> None:
        """Whether all values are there by then that the texts of a part name."""
        for _, said in texts_in("", made):
            if self._has_no_issue and names_in(said) & {"issue", "triggerIssue"}:
                raise needs_issue(f"A text names an issue: {said}")
            if CREATED in names_in(said) - self._values:
                raise no_created(said)
            try:
                check_request(said, self._values)
            except TemplateRefused as error:
                instead = "See `burnish rules manual values` for what a text can name, and write it by hand."
                raise UnknownError(f"{error}: {said}", instead) from error

    @property
    def _has_no_issue(self) -> bool:
        """Whether there is no issue at the part at hand."""
        return self._of_no_issue and not self._branches

    def _placed(self, made: dict[str, Any]) -> dict[str, Any]:
        """Without an issue, the same project is that of the rule."""
        is_meant = made["type"] in (CREATE, "create_version") and self._has_no_issue
        return {"project": self._projects[0], **made} if is_meant and len(self._projects) == 1 else made

    def _finished(self, where: str, kind: Any, made: dict[str, Any]) -> dict[str, Any]:
        if made["type"] in (CREATE, "create_subtasks"):
            self._creates += 1 if made["type"] == CREATE else 2
            if self._creates > 1:
                self._values.discard(CREATED)  # of several nobody knows which is meant
        for did, instead in notes(made) if made["type"] == "web_request" else ():
            self.tell(where, kind, Fate.CHANGED, did, instead)
        if made["type"] == "release_version":
            did = (
                "It releases the version where the issue has it as a fix version, with the day of the event."
            )
            self.tell(where, kind, Fate.CHANGED, did, "Look at the action.")
        if made["type"] == "create_variable":
            self._values.add(made["name"])
        if made["type"] == "lookup_issues":
            self._values.add(LOOKED_UP)
        if made["type"] == "comment":
            if _WIKI.search(made["text"]):
                did = "The comment holds wiki markup, which is written as plain text."
                self.tell(where, kind, Fate.CHANGED, did, "Write it without markup.")
            if "mode" in made:
                self._once += 1
                made["name"] = f"comment-{self._once}"
        return made

    def _blocks(self, where: str, blocks: Sequence[Any]) -> list[dict[str, Any]]:
        """If, else if, else: each stands in the `otherwise` of the one before it."""
        made: list[dict[str, Any]] = []
        before, most = self._creates, self._creates
        for number in reversed(range(len(blocks))):
            place = f"{where}/children/{number}"
            block = blocks[number]
            kind = block.get("type") if isinstance(block, Mapping) else None
            try:
                if kind != "jira.condition.if.block":
                    raise strange(block)
                conditions, how = (
                    items(block.get("conditions")),
                    mapping(block.get("value")).get("conditionMatchType"),
                )
                if how not in ("ALL", "ANY") or (not conditions and number != len(blocks) - 1):
                    raise strange(block)
                children = items(block.get("children"))
            except UnknownError as error:
                raise self._refused(place, kind, error) from error
            parts = [self._part(f"{place}/conditions/{each}", one) for each, one in enumerate(conditions)]
            self._creates = before
            then = self._rest(f"{place}/children", children, 0)
            most = max(most, self._creates)
            if not parts:
                made = then
                continue
            made = _if({"any": parts} if how == "ANY" else all_of(parts), then, made)
        self._creates = most
        return made

    def _part(self, where: str, component: Any) -> Any:
        if not _is_condition(component):
            kind = component.get("type") if isinstance(component, Mapping) else None
            raise self._refused(where, kind, strange(component))
        return self._condition(where, component)

    def _branch(self, where: str, component: Mapping[str, Any]) -> list[dict[str, Any]]:
        value = mapping(component.get("value"))
        if value.get("onlyUpdatedIssues") or component.get("conditions"):
            raise strange(value)
        to: dict[str, str] = {}
        if value.get("relatedType") == "jql":
            to = {"jql": query_with_values(value.get("jql"))}
        elif value.get("relatedType") == "created":
            to = {"to": "created"}
        elif value.get("relatedType") != "current":
            to = kin(value)
            if self._has_no_issue:
                raise needs_issue(f"It branches to the {to['to']} of an issue")
        before = set(self._values)
        if to == {"to": "created"} and self._creates == 1:
            self._values.add(CREATED)
        self._branches += bool(to)
        gate, actions = self._body(f"{where}/children", items(component.get("children")))
        self._branches -= bool(to)
        self._values -= {CREATED} - before
        if not actions:
            return []
        if not to:
            return _if(all_of(gate), actions, []) if gate else actions
        return [{"type": "branch", **to, **({"when": all_of(gate)} if gate else {}), "actions": actions}]


def _is_condition(component: Any) -> bool:
    return (
        isinstance(component, Mapping)
        and component.get("component") == "CONDITION"
        and component.get("type") != "jira.condition.container.block"
    )


def _if(when: Any, then: list[dict[str, Any]], otherwise: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An `if`; not needed where there is nothing to do, turned round if there is only `otherwise`."""
    if not then:
        return [{"type": "if", "when": {"not": when}, "then": otherwise}] if otherwise else []
    made = {"type": "if", "when": when, "then": then}
    return [{**made, "otherwise": otherwise} if otherwise else made]
