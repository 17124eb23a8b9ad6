"""Whether a mail may go out now: asked when it is sent, and of one that somebody sends again (ADR 47).

First the rule of its kind. Then, unless a person wants it: whether its kind is still switched on, its company still
active, its recipient still one of those who get it, and the address not come back since. Last, whether what goes along
is still what the marketplace decided.
"""

from django.utils.translation import gettext as _

from notifications.domain.kinds import NotificationKind, rule_of, setting_of
from notifications.domain.truth import NoLongerTrue, Waiting
from notifications.mail.recipients import finance_of, meant_for
from notifications.models import Audience, Delivery
from notifications.operations import bouncing
from notifications.operations.planning import came_back
from notifications.operations.to_staff import refuse_stranger
from notifications.queries import Decision, decision_about


class Held(Exception):
    """The mail is still wanted but can't go: it fails in plain sight, as somebody has to do something about it."""


def check_sendable(delivery: Delivery) -> None:
    """Raises NoLongerTrue for what is withdrawn, Held for what fails, TryLater for what has to wait for another mail.

    Tests are of made-up figures: nothing is asked of them.
    """
    if delivery.is_test:
        return
    check_true(delivery, by_hand=delivery.by_hand)
    kind = setting_of(delivery.kind)
    if kind is None:
        if not delivery.by_hand:
            _check_address(delivery)
        return
    decision = decision_about(kind, delivery.marketplace_id)
    if not delivery.by_hand:
        _check_wanted(delivery, kind, decision)
        _check_address(delivery)
    _check_attached(delivery, decision)


def check_true(delivery: Delivery, *, by_hand: bool) -> None:
    """Ask the rule of its kind, and whether a person who gets it still belongs there. Raises NoLongerTrue."""
    rule, waiting = rule_of(delivery.kind), _waiting(delivery, by_hand)
    if rule is not None:
        rule(waiting)
    kind = setting_of(delivery.kind)
    if kind is None or delivery.user_id is None:
        return
    if kind.to_staff:
        refuse_stranger(waiting, finance_of(delivery.marketplace))
    elif not delivery.company.memberships.active().filter(user_id=delivery.user_id).exists():
        raise NoLongerTrue(_left(delivery))


def _waiting(delivery: Delivery, by_hand: bool) -> Waiting:
    return Waiting(
        kind=delivery.kind,
        marketplace_id=delivery.marketplace_id,
        company_id=delivery.company_id,
        subject_id=delivery.subject_id,
        recipient=delivery.recipient,
        user_id=delivery.user_id,
        payload=delivery.payload,
        by_hand=by_hand,
    )


def _left(delivery: Delivery) -> str:
    return _("The recipient no longer belongs to %(company)s.") % {"company": delivery.company}


def _check_wanted(delivery: Delivery, kind: NotificationKind, decision: Decision) -> None:
    if not decision.enabled:
        raise NoLongerTrue(_("“%(mail)s” was switched off before this mail was sent.") % {"mail": kind.label})
    if not delivery.company.is_active:
        raise NoLongerTrue(_("%(company)s was deactivated before this mail was sent.") % {"company": delivery.company})
    if kind.follows or _is_meant(delivery, kind, decision):
        return
    text = _("%(address)s was removed from the recipients before this mail was sent.") % {"address": delivery.recipient}
    if _somebody_else_gets_it(delivery):
        raise NoLongerTrue(text)
    raise Held(f"{text} {_('No one else received it: send it from the page of the document.')}")


def _is_meant(delivery: Delivery, kind: NotificationKind, decision: Decision) -> bool:
    """Whether the recipient would get it if it were planned now; rows of earlier releases don't say as what."""
    billed = delivery.user_id if delivery.role in {"", Audience.USER} else None
    found = meant_for(kind, delivery.company, billed, decision)
    return delivery.recipient.lower() in {each.address.lower() for each in found}


def _somebody_else_gets_it(delivery: Delivery) -> bool:
    same = Delivery.objects.filter(event=delivery.event, kind=delivery.kind).exclude(pk=delivery.pk)
    return same.filter(state__in=[Delivery.State.SENT, Delivery.State.QUEUED, Delivery.State.RETRYING]).exists()


def _check_address(delivery: Delivery) -> None:
    mark = bouncing.marked(delivery.marketplace_id, [delivery.recipient]).first()
    if mark is not None and mark.delivery_id != delivery.pk:
        raise Held(came_back(mark))


def _check_attached(delivery: Delivery, decision: Decision) -> None:
    """A PDF does not go out open, nor at all, against what the marketplace decided since the mail was written."""
    if delivery.attachment_id is None:
        return
    if not decision.attach_pdf or decision.protection != delivery.protection:
        raise Held(
            _(
                "The attachment or its password was changed after this mail was written. Send it from the "
                "page of the document, where it is written again."
            )
        )
