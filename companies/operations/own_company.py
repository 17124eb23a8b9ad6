"""Nobody makes, changes or ends a debt or credit of their own company (I18): asked once, for the verbs of all apps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from companies.domain.refusals import OwnCompany, SecondPersonNeeded
from companies.models import Company
from companies.operations.approvals import request
from companies.queries.people import kinds_of_own, members_around
from companies.queries.two_person import Change, TwoPersonVerb, register, unchanged
from core.actors import Actor
from core.errors import Refusal, refusal_of
from core.models import Approval


def asks_for_own_company(
    people: Iterable[int | None], companies: Iterable[int], *, message: str | None = None, field: str | None = "company"
) -> bool:
    """Whether a second person is asked, because all that joins these people to the companies is the operator.

    Companies are ids: the payer and the beneficiary of what is made, changed or ended. Their parents and children
    count like themselves; a person who is None is the pipeline and belongs nowhere. Raises OwnCompany.
    """
    known = [person for person in people if person is not None]
    kinds = kinds_of_own(known, set(companies)) if known else set()
    if kinds - {Company.Kind.OPERATOR}:
        raise OwnCompany(message, field=field)
    return bool(kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a second person is asked instead: a verb of ``asks_for_relatives`` and what it is to be told, as JSON."""

    kind: str
    verb: str
    object_id: int
    thing: str
    """What it is about, in words: a number, or a name."""
    reason: str = ""
    subject: str = ""
    arguments: dict[str, object] = field(default_factory=dict)


def refuse_own_company(
    actor: Actor, companies: Iterable[int], *, ask: Ask | None = None, field: str | None = "company"
) -> None:
    """Also refuse to act alone for a relative of the operator; ``ask`` is what a form asks a second person instead.

    Raises OwnCompany, or SecondPersonNeeded unless ``actor.is_agreed``.
    """
    concerned = sorted(set(companies))
    if actor.is_pipeline or not asks_for_own_company([actor.user_id], concerned, field=field) or actor.is_agreed:
        return
    if ask is None:
        raise SecondPersonNeeded(field=field)
    asked = ask
    raise SecondPersonNeeded(field=field, ask=lambda who, now: _ask(asked, concerned, who, now))


def _ask(ask: Ask, companies: list[int], actor: Actor, now: datetime) -> str:
    """Write the request down; what the person reads."""
    request(
        kind=ask.kind, verb=ask.verb, object_id=ask.object_id, subject=ask.subject, company_id=companies[0],
        reason=ask.reason,
        arguments={**ask.arguments, "thing": ask.thing, "companies": companies}, actor=actor, now=now,
    )  # fmt: skip
    return _("Sent for approval, because this company is related to the operator.")


def asks_for_relatives(
    *,
    kind: str,
    name: str,
    label: str | Promise,
    act: Callable[[Approval, Actor, datetime], object],
    check: Callable[[Approval], object] | None = None,
    changes: Callable[[Approval], list[Change]] = unchanged,
) -> None:
    """Register a verb that is asked for a relative of the operator.

    ``act`` does it for an actor who is agreed with; ``check`` asks its guards beforehand, without locks; ``changes``
    says what would become another.
    """

    def refuse_own(approval: Approval, actor: Actor) -> None:
        asks_for_own_company([approval.requested_by_id, actor.user_id], approval.arguments["companies"])

    def perform(approval: Approval, actor: Actor, now: datetime) -> object:
        refuse_own(approval, actor)
        return act(approval, replace(actor, is_agreed=True), now)

    def foresee(approval: Approval, actor: Actor, _now: datetime) -> Refusal | None:
        return refusal_of(refuse_own, approval, actor) or (refusal_of(check, approval) if check else None)

    def title(approval: Approval) -> str:
        return _("%(verb)s %(thing)s") % {"verb": label, "thing": approval.arguments["thing"]}

    register(
        TwoPersonVerb(
            kind=kind, name=name, label=label, perform=perform, title=title, foresee=foresee, changes=changes,
            consequence=lambda approval: _("It takes effect at once for %(company)s.") % {"company": approval.company},
            barred=lambda approval: frozenset(members_around(approval.arguments["companies"])),
        )
    )  # fmt: skip
