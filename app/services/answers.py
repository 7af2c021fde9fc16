"""What servers answered rules, in the store: encrypted, for nobody but the rest of the rule."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from app.domain.effects import CreateIssue, Effect, WebRequest
from app.domain.rules.decide import Decision
from app.domain.rules.event import Event, Kept
from app.domain.rules.findings import NOT_SHOWN
from app.services.secrets import ANSWER, Keyring, purpose_of


def check_key(keyring: Keyring, site: str) -> None:
    """Before a server is asked: whether its answer can be kept.

    Raises:
        SecretsLocked: there is no key.
    """
    keyring.lock("", purpose=purpose_of(site, ANSWER))


def sealed(keyring: Keyring, site: str, kept: Kept) -> Kept:
    """With what is private in it encrypted; as it is where nothing is.

    Raises:
        SecretsLocked: there is no key.
    """
    if kept.answer is None and not kept.private:
        return kept
    said = json.dumps({"answer": kept.answer, "private": dict(kept.private)})
    locked = keyring.lock(said, purpose=purpose_of(site, ANSWER))
    return replace(kept, answer=None, private={}, sealed=locked)


def opened(keyring: Keyring, site: str, kept: Kept) -> Kept:
    """As it was before `sealed`.

    Raises:
        SecretsLocked: no key opens it.
    """
    if not kept.sealed:
        return kept
    said = json.loads(keyring.open(kept.sealed, purpose=purpose_of(site, ANSWER)))
    return replace(kept, answer=said["answer"], private=said["private"], sealed="")


def sealed_decision(keyring: Keyring, site: str, decision: Decision) -> Decision:
    """A decision as it may be stored; only one that goes on with an answer has anything to hide.

    Raises:
        SecretsLocked: there is no key.
    """
    if not decision.event.kept.is_private:
        return decision
    wanted = tuple(replace(one, effect=_sealed_effect(keyring, site, one.effect)) for one in decision.wanted)
    later = decision.waits_for
    if later is not None:
        later = replace(later, kept=sealed(keyring, site, later.kept))
    return replace(decision, wanted=wanted, waits_for=later)


def _sealed_effect(keyring: Keyring, site: str, effect: Effect) -> Effect:
    """What is written into Jira is seen there; requests and what the rest of a rule takes along are not."""
    if isinstance(effect, CreateIssue | WebRequest) and effect.follow:
        effect = replace(effect, follow=tuple(_sealed_rest(keyring, site, each) for each in effect.follow))
    if not isinstance(effect, WebRequest) or not effect.private:
        return effect
    said = json.dumps({"url": effect.url, "headers": dict(effect.headers), "body": effect.body})
    return replace(
        effect,
        url=_host_alone(effect.url),
        headers=dict.fromkeys(effect.headers, NOT_SHOWN),
        body=effect.body and NOT_SHOWN,
        sealed=keyring.lock(said, purpose=purpose_of(site, ANSWER)),
    )


def _sealed_rest(keyring: Keyring, site: str, goes_on: Mapping[str, Any]) -> dict[str, Any]:
    event = msgspec.convert(goes_on["event"], Event)
    event = replace(event, kept=sealed(keyring, site, event.kept))
    return {**goes_on, "event": msgspec.to_builtins(event)}


_plain = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?(?=/|$)", re.IGNORECASE)


def _host_alone(url: str) -> str:
    """Of an address that could be anything else, nothing."""
    host = _plain.match(url)
    return f"{host[0]}/{NOT_SHOWN}" if host else NOT_SHOWN


def opened_request(keyring: Keyring, site: str, effect: WebRequest) -> WebRequest:
    """As it is sent.

    Raises:
        SecretsLocked: no key opens it.
    """
    if not effect.sealed:
        return effect
    said = json.loads(keyring.open(effect.sealed, purpose=purpose_of(site, ANSWER)))
    return replace(effect, **said, sealed="")


def forgotten(effect: WebRequest) -> WebRequest:
    """As it stays on record when it was sent: nothing goes on from it any more."""
    return replace(effect, follow=(), sealed="")


def without_sealed(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a run without what is encrypted in them: when it has ended, and for people."""
    event = parameters.get("event")
    if not isinstance(event, Mapping) or not (event.get("kept") or {}).get("sealed"):
        return dict(parameters)
    return {**parameters, "event": {**event, "kept": {**event["kept"], "sealed": ""}}}
