"""What a second person is asked about credit memos: issue, close, reopen (I19)."""

from datetime import datetime

from django.urls import reverse as address
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.operations.own_company import asks_for_relatives
from companies.queries.people import members_around
from companies.queries.two_person import TwoPersonVerb, register
from core.actors import Actor
from core.errors import Refusal
from core.formats import amount_text
from core.labels import badge_text
from core.models import Approval
from creditmemos.domain.wording import CLOSE, DIVIDE, ISSUE, KIND, REOPEN, REVERSE
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.approving import carry_out, give_back
from creditmemos.operations.decision_previews import obstacle
from creditmemos.operations.dividing import check_dividable, divide
from creditmemos.operations.requesting import APPROVE
from creditmemos.operations.reversing import reverse
from creditmemos.queries.creditable import credits_in_full
from invoices.models import Invoice

LABELS: dict[str, Promise] = {
    ISSUE: gettext_lazy("Issue"),
    CLOSE: gettext_lazy("Close"),
    REOPEN: gettext_lazy("Reopen"),
}


def memo_of(approval: Approval) -> CreditMemo:
    """The memo that a request is about, with what its decision reads."""
    related = ("source_invoice", "payer", "beneficiary", "reason", "account__merchant", "marketplace__settings")
    return CreditMemo.objects.select_related(*related).get(pk=approval.object_id)


def _title(approval: Approval) -> str:
    if hasattr(approval, "document"):
        number = approval.document
    else:
        number = CreditMemo.objects.values_list("number", flat=True).get(pk=approval.object_id)
    document = number or _("draft %(id)s") % {"id": approval.object_id}
    return _("%(verb)s %(document)s") % {"verb": LABELS[approval.verb], "document": document}


def _consequence(approval: Approval) -> str:
    texts = {
        ISSUE: _("A credit memo of %(amount)s is issued to %(company)s and gets its number."),
        CLOSE: _("%(amount)s of %(company)s are written off."),
        REOPEN: _("%(amount)s can be used again by %(company)s."),
    }
    memo = memo_of(approval)
    amount = memo.total if approval.verb == ISSUE else approval.amount
    text = texts[approval.verb] % {
        "amount": amount_text(amount or 0, approval.currency),
        "company": approval.company,
    }
    if approval.verb != ISSUE or memo.is_issued:
        return text
    return " ".join(filter(None, (text, credit_text(memo), _period(memo))))


def credit_text(memo: CreditMemo) -> str:
    """What will happen to the credit of a memo that waits to be issued."""
    if memo.use == CreditMemo.Use.HOLD:
        return _("The credit is put on hold.")
    if memo.use == CreditMemo.Use.APPLY_NOW and memo.source_invoice is not None:
        return _apply_text(memo, memo.source_invoice)
    if memo.marketplace.settings.apply_to_existing:
        return _("The credit is applied automatically to open invoices.")
    if memo.marketplace.settings.auto_apply:
        return _("The credit is applied automatically to later invoices.")
    return _("The credit stays open until somebody applies it.")


def _apply_text(memo: CreditMemo, invoice: Invoice) -> str:
    """In figures, as they are now."""
    used = min(memo.total, invoice.amount_due)
    words = {
        "used": amount_text(used, memo.currency),
        "invoice": invoice,
        "stays": amount_text(memo.total - used, memo.currency),
    }
    if used < memo.total:
        return _("%(used)s is applied to %(invoice)s at once; %(stays)s remains as credit.") % words
    return _("%(used)s is applied to %(invoice)s at once.") % words


def _period(memo: CreditMemo) -> str:
    """What becomes of the period of an invoice that is credited in full; empty when it is not."""
    if not memo.afterwards or memo.is_issued or not credits_in_full([memo]):
        return ""
    if memo.afterwards == CreditMemo.Afterwards.AGAIN:
        return _("The period of %(invoice)s is billed again by the next run.") % {"invoice": memo.source_invoice}
    return _("The period of %(invoice)s is not billed again.") % {"invoice": memo.source_invoice}


def _kept(approval: Approval) -> str:
    if approval.verb == ISSUE:
        return _("The draft is kept and can be edited and resubmitted.")
    return _("The credit memo is not changed.")


def _done(_approval: Approval, result: object) -> str:
    status = badge_text("credit_memo", getattr(result, "status", "")).lower()
    return _("Approved. %(memo)s is now %(status)s.") % {"memo": result, "status": status}


def _page(approval: Approval) -> str:
    return address("creditmemos:detail", args=[approval.object_id])


def _barred(approval: Approval) -> frozenset[int]:
    """Nobody decides about credit of a company that they belong to (I18)."""
    memo = memo_of(approval)
    return frozenset(members_around({memo.payer_id, memo.beneficiary_id}))


def _foresee(approval: Approval, actor: Actor, now: datetime) -> Refusal | None:
    return obstacle(approval=approval, memo=memo_of(approval), actor=actor, now=now)


def _reverse(approval: Approval, actor: Actor, now: datetime) -> Application:
    told = approval.arguments
    return reverse(
        application=Application.objects.get(pk=told["application"]), reason=approval.request_reason, hold=told["hold"],
        confirmed=told["confirmed"], actor=actor, now=now, key=f"approval:{approval.pk}",
    )  # fmt: skip


def _divide(approval: Approval, actor: Actor, now: datetime) -> list[CreditMemo]:
    memo = CreditMemo.objects.get(pk=approval.object_id)
    return divide(
        memo=memo, groups=approval.arguments["groups"], reason=approval.request_reason, actor=actor, now=now,
        key=f"approval:{approval.pk}",
    )  # fmt: skip


def register_all() -> None:
    """Called from AppConfig.ready."""
    asks_for_relatives(
        kind=KIND, name=DIVIDE, label=gettext_lazy("Divide"), act=_divide,
        check=lambda approval: check_dividable(CreditMemo.objects.get(pk=approval.object_id)),
    )  # fmt: skip
    asks_for_relatives(kind=KIND, name=REVERSE, label=gettext_lazy("Reverse an application of"), act=_reverse)
    for name, label in LABELS.items():
        register(
            TwoPersonVerb(
                kind=KIND,
                name=name,
                label=label,
                permission=APPROVE,
                noted="credit_memo",
                perform=carry_out,
                returned=give_back,
                foresee=_foresee,
                barred=_barred,
                title=_title,
                consequence=_consequence,
                kept=_kept,
                done=_done,
                page=_page,
            )
        )
