"""Mail a document by hand, from its page: once more, or for the first time where no mail about it was sent.

It goes to people and addresses of the payer, and to those who get copies; to no other, as in the log of deliveries.
A person wants it, so neither the switch of its kind nor an address that came back keeps it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import Company, Marketplace
from core import audit, idempotency
from core.actors import Actor
from core.errors import InvalidInput, Refusal
from core.ids import uuid7
from core.models import OutboxJob
from documents.domain.kinds import kind_called
from documents.models import Purpose, StoredDocument
from documents.operations import making
from documents.operations.making import NotIssued, Wanted
from documents.renderer.rendering import RendererDied, RenderError
from notifications.domain.kinds import Notice, NotificationKind, about_pdf
from notifications.mail.recipients import Recipient, recipients_at
from notifications.models import Delivery
from notifications.operations import planning
from notifications.queries import EVERYBODY, Decision, decision_about

PERMISSION = "documents.retry"
OPERATION = "notifications.mail_document"


class NothingToMail(Refusal):
    """It has no number yet, or nobody writes mails about documents of its kind."""

    code = "document_not_to_be_mailed"
    text = gettext_lazy("This document can't be mailed: it is not issued yet.")


class NobodyToMail(Refusal):
    """The payer has neither people nor a billing address."""

    code = "nobody_to_mail"
    text = gettext_lazy(
        "No recipients: %(company)s has no people with an account and no billing address. Add one first."
    )


class NotPrinted(Refusal):
    """Its PDF, or the words of the mail, could not be made."""

    code = "document_not_printed"
    text = gettext_lazy("The mail could not be written: %(reason)s")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that a person may send about a document, and everybody who can get it; ``usual`` are those who would."""

    kind: NotificationKind
    notice: Notice
    decision: Decision
    wanted: Wanted
    people: tuple[Recipient, ...]
    usual: tuple[str, ...]


def check_mail_document(*, document: str, document_id: int, marketplace_id: int) -> Letter:
    """What would be mailed about a document as it is now, and to whom. Raises NothingToMail or NobodyToMail."""
    printed = kind_called(document)
    purpose = Purpose.VOID_COPY if printed.is_void(document_id) else Purpose.ORIGINAL
    kind = about_pdf(document, purpose)
    payload = kind.payload(document_id) if kind else None
    if kind is None or payload is None:
        raise NothingToMail
    try:
        notice = kind.notice(OutboxJob(marketplace_id=marketplace_id, topic=kind.topic, payload=payload))
    except (KeyError, NotIssued) as error:
        raise NothingToMail from error
    if notice is None:
        raise NothingToMail
    decision, company = decision_about(kind, marketplace_id), Company.objects.get(pk=notice.company_id)
    everybody = recipients_at(company, notice.user_id, audience=EVERYBODY, cc=decision.cc)
    if not everybody:
        raise NobodyToMail(company=company)
    usual = recipients_at(company, notice.user_id, audience=decision.audience, cc=decision.cc)
    return Letter(
        kind=kind,
        notice=notice,
        decision=decision,
        wanted=Wanted(marketplace_id, document, document_id, purpose),
        people=tuple(everybody),
        usual=tuple(each.address for each in usual),
    )


def mail_document(
    *, document: str, document_id: int, addresses: Sequence[str], actor: Actor, now: datetime, key: str | None
) -> list[Delivery]:
    """Mail a document to some of those who can get it; each gets a mail of their own, with a row of its own.

    Makes the PDF where nobody wanted it before, and asks the renderer process for the words, so call it outside any
    transaction. Raises NothingToMail, NobodyToMail, NotPrinted or InvalidInput (field "to").
    """
    letter = check_mail_document(document=document, document_id=document_id, marketplace_id=actor.marketplace_id)
    to = [each for each in letter.people if each.address in addresses]
    if not to or len(to) != len(set(addresses)):
        raise InvalidInput(_("Choose who gets this mail, from the list."), field="to")
    mails = _written(letter, to)
    body = [document, document_id, sorted(addresses)]
    with transaction.atomic():
        again = idempotency.claim(actor=actor, operation=OPERATION, key=key, body=body, now=now)
        if again is not None:
            return list(Delivery.objects.filter(pk__in=again.result["delivery_ids"]).order_by("pk"))
        for mail in mails:
            mail.created_at = now
            mail.save(force_insert=True)
            planning.queue(mail, now)
        _note(letter, mails, actor, now)
        made: dict[str, object] = {"delivery_ids": [mail.pk for mail in mails]}
        idempotency.remember(actor=actor, operation=OPERATION, key=key, result=made)
    return mails


def _written(letter: Letter, to: list[Recipient]) -> list[Delivery]:
    try:
        stored = _pdf(letter)
        notice = letter.notice.with_attachment(stored.pk if stored else None)
        marketplace = Marketplace.objects.get(pk=letter.wanted.marketplace_id)
        return planning.by_hand(letter.kind, notice, to=to, event=uuid7(), marketplace=marketplace)
    except NotIssued as error:
        raise NothingToMail from error
    except (RendererDied, OSError) as error:
        raise NotPrinted(reason=_("it can't be created right now. Please try again.")) from error
    except RenderError as error:
        raise NotPrinted(reason=error) from error


def _pdf(letter: Letter) -> StoredDocument | None:
    return making.make_now(letter.wanted) if letter.decision.attach_pdf else None


def _note(letter: Letter, mails: list[Delivery], actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb="notifications.mailed",
        now=now,
        kind=letter.wanted.kind,
        object_id=letter.wanted.document_id,
        company_id=letter.notice.company_id,
        after={"notification": letter.kind.name, "recipients": [mail.recipient for mail in mails]},
    )
