"""The saved methods that an invoice can be charged to, and what became of its charges."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from core.formats import amount_text
from invoices.models import Invoice
from payments.domain.states import GATEWAY
from payments.models import Intended, Payment, PaymentMethod

PART = "charging"
"""The part of a page that says that something is being charged, and refreshes itself."""
REFRESHES = timedelta(minutes=10)
"""For how long it does: a card is charged in seconds, a bank debit in days."""
JUST_NOW = timedelta(minutes=1)
"""For how long what was asked reads so."""
_USABLE = Q(state=PaymentMethod.State.ACTIVE, gateway_account__is_active=True)


def methods_for(invoice: Invoice) -> QuerySet[PaymentMethod]:
    """Methods of the payer that the invoice's merchant can charge now, the default first."""
    account = invoice.account
    rows = PaymentMethod.objects.filter(
        _USABLE, payer_id=account.payer_id, gateway_account__merchant_id=account.merchant_id
    )
    return rows.order_by("-is_default", "label", "pk")


def has_method() -> Exists:
    """The same, as an annotation of invoices: whether there is one."""
    rows = PaymentMethod.objects.filter(
        _USABLE, payer_id=OuterRef("account__payer_id"), gateway_account__merchant_id=OuterRef("account__merchant_id")
    )
    return Exists(rows)


def last_charge() -> Subquery:
    """As an annotation of invoices: their last charge as ``payment``, ``number``, ``status``, ``code``, ``amount`` (of
    the invoice, minor units) and ``method``; None where there was none.
    """
    newest = Intended.objects.filter(invoice_id=OuterRef("pk"), payment__channel=GATEWAY).order_by("-payment_id")
    told = JSONObject(
        payment="payment_id", number="payment__number", status="payment__status", code="payment__failure_code",
        amount="amount", method="payment__method__label",
    )  # fmt: skip
    return Subquery(newest.values(told=told)[:1])


def charge_words(amount: int, payment: Payment, now: datetime, *, names_method: bool) -> str:
    """That so much, minor units, is being charged, to what, and since when."""
    said = {"amount": amount_text(amount, payment.currency), "ago": timesince(payment.requested_at, now, depth=1)}
    is_new = now - payment.requested_at < JUST_NOW
    if payment.method is None or not names_method:
        text = _("%(amount)s is being charged, asked just now.") if is_new else _(
            "%(amount)s is being charged, asked %(ago)s ago."
        )  # fmt: skip
        return text % said
    text = _("%(amount)s is being charged to %(method)s, asked just now.") if is_new else _(
        "%(amount)s is being charged to %(method)s, asked %(ago)s ago."
    )  # fmt: skip
    return text % {**said, "method": payment.method}


def being_charged(amount: int, payment: Payment, now: datetime, *, url: str, names_method: bool) -> dict[str, Any]:
    """What that part of the page at ``url`` shows: the sentence, and whether it asks again by itself."""
    return {
        "text": charge_words(amount, payment, now, names_method=names_method),
        "url": url,
        "refreshes": now - payment.requested_at < REFRESHES and not payment.attention,
    }
