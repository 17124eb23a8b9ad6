"""What needs two people (I19): each app registers its verbs here, by one plain call in ``AppConfig.ready``.

``companies.operations.approvals`` asks, decides and withdraws; a registered verb only says what is done then, under
its own locks and with every guard asked again, and how it is put in words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import Refusal
from core.models import Approval

DECIDE = "approvals.decide"
"""The permission of who decides, where a verb names no other."""


class Change(NamedTuple):
    """One figure or word of a request: what it was when it was asked for, what it is, and what it would be."""

    label: str
    then: str
    now: str
    asked: str

    @property
    def has_moved(self) -> bool:
        """Whether somebody changed it meanwhile."""
        return self.then != self.now


def _nothing(_approval: Approval) -> str:
    return ""


def _stays(_approval: Approval) -> str:
    return _("Nothing changes.")


def _approved(_approval: Approval, _result: object) -> str:
    return _("Approved.")


def _nobody(_approval: Approval) -> frozenset[int]:
    return frozenset()


def unchanged(_approval: Approval) -> list[Change]:
    """A request that changes no figure or word."""
    return []


def _goes_back(_approval: Approval, _actor: Actor, _now: datetime) -> None:
    return None


def _sees_nothing(_approval: Approval, _actor: Actor, _now: datetime) -> Refusal | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoPersonVerb:
    """A verb that a second person agrees to.

    ``perform(approval, actor, now)`` carries it out inside the deciding transaction: it locks what it changes, asks
    every guard again, of the maker too, and raises their refusals. The approval row is locked already and says
    *approved*. What it returns, ``approve`` returns.
    """

    kind: str
    name: str
    label: str | Promise
    perform: Callable[[Approval, Actor, datetime], object]
    title: Callable[[Approval], str]
    """What is asked for in a few words: "Close CM-2026-00017"."""
    consequence: Callable[[Approval], str]
    """What happens at once when it is approved."""
    permission: str = DECIDE
    """What the decider must hold, beside being there long enough."""
    noted: str = "request"
    """How audit verbs begin: "request.approved"."""
    page: Callable[[Approval], str] = _nothing
    """The address of what it is about; empty when there is none."""
    kept: Callable[[Approval], str] = _stays
    """What is left when it is rejected or withdrawn."""
    done: Callable[[Approval, object], str] = _approved
    """What the decider reads afterwards, given what ``perform`` returned."""
    changes: Callable[[Approval], list[Change]] = unchanged
    barred: Callable[[Approval], frozenset[int]] = _nobody
    """The ids of people who may not decide this one, since it is about them; ``perform`` refuses them too."""
    returned: Callable[[Approval, Actor, datetime], None] = _goes_back
    """What is done to the object when it is rejected or withdrawn; ``approval.decision`` tells which."""
    is_approved_singly: bool = False
    """Whether whoever approves must have opened the request: not together with others."""
    foresee: Callable[[Approval, Actor, datetime], Refusal | None] = _sees_nothing
    """The refusal that approving would meet as things stand, read without locks."""


_VERBS: dict[tuple[str, str], TwoPersonVerb] = {}


def register(verb: TwoPersonVerb) -> None:
    """Add a verb; its kind and name are stored in requests and never change."""
    if (verb.kind, verb.name) in _VERBS:
        raise ValueError(f"two verbs are called {verb.kind} {verb.name}")
    _VERBS[verb.kind, verb.name] = verb


def verb_of(approval: Approval) -> TwoPersonVerb:
    """The verb that a request asks for."""
    return _VERBS[approval.kind, approval.verb]


def verb_named(kind: str, name: str) -> TwoPersonVerb:
    """A registered verb by its names."""
    return _VERBS[kind, name]


def verbs() -> list[TwoPersonVerb]:
    """Every registered verb, in the order in which the apps registered them."""
    return list(_VERBS.values())


def waiting_about(kind: str, object_id: int) -> list[tuple[Approval, str]]:
    """The requests about one thing that wait, each with its title, for the page of the thing."""
    waiting = Approval.objects.filter(kind=kind, object_id=object_id, decision=Approval.Decision.WAITING)
    return [(approval, verb_of(approval).title(approval)) for approval in waiting.order_by("pk")[:20]]
