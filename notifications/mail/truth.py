"""The rules of mails about PDFs: an original is true until its document is void, a void copy where that was mailed."""

from django.utils.translation import gettext as _

from core.outbox import TryLater
from documents.domain.kinds import kind_called
from notifications.domain.truth import NoLongerTrue, StillTrue, Waiting
from notifications.models import Delivery
from notifications.queries import went_to


def while_not_void(document: str) -> StillTrue:
    """A mail with the original: once the document is void, nobody is told that it was issued."""

    def still_true(mail: Waiting) -> None:
        kind = kind_called(document)
        if kind.is_void(mail.subject_id):
            raise NoLongerTrue(_("%(kind)s was voided before this mail was sent.") % {"kind": kind.label})

    return still_true


def where_it_went(document: str, first: str) -> StillTrue:
    """A mail with the void copy: for those who got the ``first`` mail. What still waits is withdrawn soon, or sent."""

    def still_true(mail: Waiting) -> None:
        if mail.by_hand:
            return
        rows = went_to(first, document, mail.subject_id, mail.marketplace_id).filter(recipient__iexact=mail.recipient)
        states = set(rows.values_list("state", flat=True))
        if Delivery.State.SENT in states:
            return
        if states:
            raise TryLater("The mail that this one takes back is still on its way.")
        kind = kind_called(document).label
        text = _("%(kind)s was never mailed to this address, so there is nothing to correct.")
        raise NoLongerTrue(text % {"kind": kind})

    return still_true
