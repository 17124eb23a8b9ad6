"""What people read of credit on hold: customers who holds it and whom to ask, staff what the hold keeps from happening.

Why credit was given is the marketplace's own; that it is held, and by whom, is told to everybody who sees the memo.
"""

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from companies.members import Member
from companies.models import Company
from core.formats import amount_text
from creditmemos.domain.balance import OPEN
from creditmemos.models import CreditMemo
from creditmemos.operations.applying import PERMISSION
from creditmemos.queries.desk import AccountFigures
from ledger.models import BalanceAccount


def held_text(memo: CreditMemo, member: Member) -> str:
    """The sentence on a memo's page; empty where no credit of it is on hold. The memo has its merchant at hand."""
    if not memo.on_hold or memo.payout_pending or memo.status not in OPEN:
        return ""
    if member.is_staff_side:
        return _("This credit is on hold: it is not applied automatically, and the customer can't apply it.")
    said = _("This credit is on hold, so it can't be applied.")
    return f"{said} {_whom_to_ask(memo.merchant.company)}"


def is_kept_from(subject: object, member: Member) -> bool:
    """Whether a customer may apply, and nothing but a hold keeps them from this memo of theirs."""
    if not isinstance(subject, CreditMemo) or not subject.on_hold or member.is_staff_side:
        return False
    return subject.payer_id == member.company.pk and member.may(PERMISSION)


def say_held(view: Any) -> HttpResponse:
    """Instead of the memo's desk: why it can't be applied and whom to ask; status 403."""
    memo, request = view.subject, view.request
    context = {
        "view": {"cannot_body": "web/_cannot.html"}, "title": view.title(), "text": held_text(memo, view.member),
        "back_url": view.done_url(), "object": memo,
    }  # fmt: skip
    return render(request, "web/cannot.html", context, status=HTTPStatus.FORBIDDEN)


def left_out(figures: AccountFigures, account: BalanceAccount) -> str:
    """On a customer's desk: how much credit is missing there because it is on hold; empty where none is."""
    if not figures.held_memos:
        return ""
    text = ngettext(
        "%(amount)s of one credit memo is on hold and can't be applied.",
        "%(amount)s of %(n)s credit memos are on hold and can't be applied.",
        figures.held_memos,
    )
    said = text % {"amount": amount_text(figures.held, account.currency), "n": figures.held_memos}
    return f"{said} {_whom_to_ask(account.merchant.company)}"


def _whom_to_ask(merchant: Company) -> str:
    if merchant.billing_email:
        text = _("Ask %(merchant)s to release it: %(address)s.")
        return text % {"merchant": merchant.name, "address": merchant.billing_email}
    return _("Ask %(merchant)s to release it.") % {"merchant": merchant.name}
