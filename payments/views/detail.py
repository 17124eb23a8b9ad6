"""The page of one payment, its journal and its activity; each member sees what the role allows."""

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from creditmemos.queries.postings import MOST_POSTINGS, postings_on_payment
from payments.models import Payment, Refund
from payments.operations import refunding, returning, taking_off
from payments.queries.activity import told_of_payment
from payments.queries.annotated import annotated_payments
from payments.queries.attention import CUSTOMER, FINANCE, why_failed
from payments.queries.charging import PART, being_charged
from payments.queries.history import Move, explain_on_account, history_of
from payments.queries.refunds import annotated_refunds
from payments.queries.trail import trail_of
from payments.views.actions import actions_of
from web.access import is_partial, one_or_404
from web.activity import deeds
from web.views import Action, DetailPage, part_or_anew

MOVES, ENTRIES = 50, 50
"""Rows of one page of each table."""
READINGS = 3
"""How often figures and rows are read at most until they agree: money may move between the two."""


class OnePayment(DetailPage):
    """What the pages of one payment share."""

    permission = "payments.view"
    object_name = "payment"

    def queryset(self) -> QuerySet[Payment]:
        """What the member sees, with its annotations."""
        return annotated_payments(self.member).select_related("method")


class PaymentPage(OnePayment):
    """Everything about one payment."""

    template_name = "payments/detail.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, whose figures and rows are of one moment."""
        if is_partial(request, PART):
            return self.get_part(request)
        self.moves = self._moves()
        return super().get(request, *args, **kwargs)

    def get_part(self, request: HttpRequest) -> HttpResponse:
        """Whether it is still being charged."""
        found = self.charging()
        return part_or_anew(request, "payments/_charging.html", found and {"charging": found})

    def charging(self) -> dict[str, Any] | None:
        """What says that it is being charged; None where it is not."""
        payment = self.object
        if payment.status != Payment.Status.PENDING or payment.channel != Payment.Channel.GATEWAY:
            return None
        url = reverse("payments:detail", args=[payment.pk])
        return being_charged(payment.asked, payment, timezone.now(), url=url, names_method=True)

    def attention(self) -> Promise | None:
        """What its mark means for who looks; None without one, and for customers whom it does not concern."""
        return (FINANCE if self.member.is_staff_side else CUSTOMER).get(self.object.attention)

    def failure(self) -> str | Promise:
        """Why it failed: in the words of who recorded it, or one sentence for each kind of decline."""
        payment, is_staff = self.object, self.member.is_staff_side
        if payment.status == Payment.Status.FAILED and payment.channel == Payment.Channel.GATEWAY:
            return why_failed(payment.failure_code, is_staff=is_staff)
        return payment.failure_text if is_staff else ""

    def _moves(self) -> list[Move]:
        """What moved the money; the payment is read again where it moved between the two readings."""
        for _attempt in range(READINGS):
            moves = history_of(self.object)
            if not moves or moves[-1].after == self.object.on_account - self.object.overdrawn:
                break
            self.object = one_or_404(self.queryset(), self.object.pk)
        return moves

    def actions(self) -> Iterable[Action]:
        """By status and role."""
        return actions_of(self.object, self.member)

    def context(self) -> dict[str, Any]:
        """Where the money went, what waits for it, and facts."""
        payment = self.object
        pages = Paginator(self.moves, MOVES)
        page = pages.get_page(self.request.GET.get("moves") or pages.num_pages)
        is_staff, may_act = self.member.is_staff_side, not payment.is_own
        waiting = [] if payment.is_settled else payment.intended.select_related("invoice").order_by("pk")
        return {
            "charging": self.charging(),
            "attention": self.attention(),
            "failure": self.failure(),
            "move_page": page,
            "moves": _first_of_kind(page),
            "bar": bar_of(payment),
            "twice": payment.paid_back_twice if is_staff else 0,
            "explained": explain_on_account(payment) if payment.is_settled else [],
            "waiting": list(waiting),
            "may_take_off": may_act and self.member.may(taking_off.PERMISSION),
            "may_undo_return": may_act and self.member.may(returning.PERMISSION),
            "refunds": self._refunds(),
            "refunds_title": _("Refunds"),
            "names_memos": True,
            "may_refund": may_act and self.member.may(refunding.PERMISSION),
            "sees_refund_notes": is_staff,
            "sees_notes": is_staff,
            "sees_books": is_staff,
            "sees_activity": self.member.may("audit.view"),
        }

    def _refunds(self) -> list[Refund]:
        """Each attempt at sending its money back, from the account or for a memo; no query before the money moved."""
        if not self.object.is_settled:
            return []
        found = annotated_refunds(self.member).filter(payment=self.object)
        return list(found.order_by("pk"))


def _first_of_kind(moves: Iterable[Move]) -> list[tuple[Move, bool]]:
    """Moves, each with whether it is the first of its kind: what the bar's parts lead to."""
    found = list(moves)
    first = {move.kind: at for at, move in reversed(list(enumerate(found)))}
    return [(move, first[move.kind] == at) for at, move in enumerate(found)]


def bar_of(payment: Payment) -> list[tuple[Any, ...]]:
    """Where the money is, as the stacked bar wants it; each part leads to its rows."""
    return [
        ("good", _("Allocated"), payment.allocated, "#moved-allocated"),
        ("info", _("On account"), payment.on_account, "#on-account"),
        ("bad", _("Returned"), payment.returned, "#moved-returned"),
        ("quiet", _("Given back"), payment.given_back, "#payouts"),
        ("plain", _("Kept"), payment.kept, "#moved-kept"),
    ]


class Part(OnePayment):
    """A section that the page fetches when it is looked at, and a page of its own without JavaScript."""

    permission = "audit.view"
    part_template = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The section alone for htmx, else the page around it."""
        self.template_name = self.part_template if is_partial(request) else "payments/part.html"
        return super().get(request, *args, **kwargs)


class Journal(Part):
    """Every transaction of the books that concerns the payment; for those who keep them."""

    part_template = "payments/_journal.html"

    def context(self) -> dict[str, Any]:
        """The transactions with their entries."""
        return {
            "title": _("Journal of %(payment)s") % {"payment": self.object},
            "postings": postings_on_payment(self.object.pk),
            "most_postings": MOST_POSTINGS,
        }


class Trail(Part):
    """What the payment provider was asked, and what it said."""

    part_template = "payments/_trail.html"

    def queryset(self) -> QuerySet[Payment]:
        """With its account at the provider."""
        return super().queryset().select_related("gateway_account", "method")

    def context(self) -> dict[str, Any]:
        """Each step, oldest first."""
        return {
            "title": _("Payment provider's trail of %(payment)s") % {"payment": self.object},
            "trail": trail_of(self.object),
        }


class Activity(Part):
    """Who did what with the payment, in words."""

    part_template = "payments/_activity.html"

    def context(self) -> dict[str, Any]:
        """Audit rows, newest first."""
        payment = self.object
        page = Paginator(told_of_payment(payment), ENTRIES).get_page(self.request.GET.get("entries"))
        return {
            "title": _("Activity of %(payment)s") % {"payment": payment},
            "entries": deeds([(entry, "") for entry in page], payment.currency),
            "entry_page": page,
        }
