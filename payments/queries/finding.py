"""What a search in the lists of payments and refunds means: an own number, a reference, an amount, a payer's name."""

import re
from functools import reduce
from operator import and_, or_

from django.db.models import Q, QuerySet

from companies.members import Member
from companies.models import Company
from core.asked import Word, words_of
from core.ids import read_id
from core.search_keys import key_holds
from creditmemos.models import CreditMemo
from creditmemos.queries.finding import documents_matching
from invoices.models import Invoice
from payments.models import Payment, Refund

NUMBER = re.compile(r"p-?0*([0-9]{1,15})", re.ASCII | re.IGNORECASE)
"""``P-000123``, as pages print it, with or without its zeros."""
AMOUNTS = ("amount", "asked", "on_account")


def payments_matching(rows: QuerySet[Payment], text: str, *, member: Member) -> QuerySet[Payment]:
    """Narrow payments, ``visible_to`` the member, to those that every word of a text is a fact of.

    A payment's own number counts alone.
    """
    if match := NUMBER.fullmatch(text.strip()):
        return rows.filter(number=read_id(match[1]))
    words = words_of(text, currency=member.marketplace.currency)
    return rows.filter(reduce(and_, [_fact(word, member) for word in words])) if words else rows


def with_number(text: str, member: Member) -> list[int]:
    """The id of the payment that a text is the number of, among those that the member sees."""
    match = NUMBER.fullmatch(text.strip())
    found = Payment.objects.visible_to(member).filter(number=read_id(match[1])) if match else Payment.objects.none()
    return list(found.values_list("pk", flat=True))


def _fact(word: Word, member: Member) -> Q:
    facts = [key_holds(word.text), Q(payer_id__in=_payers(word, member))]
    if match := NUMBER.fullmatch(word.text):
        facts.append(Q(number=read_id(match[1])))
    if word.counter is not None:
        facts.append(Q(number=read_id(str(word.counter))))
    if word.amount:
        facts += [Q((column, word.amount)) for column in AMOUNTS]
    facts += [_on(when.year, when.month, when.day) for when in word.whens]
    return reduce(or_, facts)


def _payers(word: Word, member: Member) -> list[int]:
    found = Company.objects.visible_to(member).filter(key_holds(word.text)).order_by()
    return list(found.values_list("pk", flat=True)[:200])


def _on(year: int | None, month: int | None, day: int | None) -> Q:
    said = {"year": year, "month": month, "day": day}
    return Q(*((f"value_date__{part}", value) for part, value in said.items() if value is not None))


def refunds_matching(rows: QuerySet[Refund], text: str, *, member: Member) -> QuerySet[Refund]:
    """Narrow refunds, ``visible_to`` the member, to those of a memo or payment, with a reference or of a payer."""
    payments = payments_matching(Payment.objects.visible_to(member), text, member=member)
    invoices = documents_matching(Invoice.objects.visible_to(member), text, member=member)
    memos = documents_matching(CreditMemo.objects.visible_to(member), text, member=member)
    return rows.filter(
        Q(payment__in=payments.order_by().values("pk"))
        | Q(memo__in=memos.order_by().values("pk"))
        | Q(invoice__in=invoices.order_by().values("pk"))
        | Q(reference__icontains=text)
        | Q(amount__in=[word.amount for word in words_of(text, currency=member.marketplace.currency) if word.amount])
    )
