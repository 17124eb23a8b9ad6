"""The list of subscriptions, the page of one, and what can be done with it."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from django.db.models import Case, CharField, OuterRef, QuerySet, Subquery, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from billing.queries.subscription_history import history_of
from companies.models import Company
from companies.queries.people import creditable_companies, is_own, name_of
from core.ids import read_id
from subscriptions import operations
from subscriptions.filters import SubscriptionFilters
from subscriptions.forms.subscription import CYCLE, CancelForm, ChangeForm, SubscribeForm
from subscriptions.models import Plan, Subscription, SubscriptionTerms
from subscriptions.operations.events import CANCEL, CHANGE, PERMISSION, check_change, may_change
from subscriptions.queries.finding import of_company
from subscriptions.queries.terms import TermsInForce, history, terms_on
from subscriptions.tables import SubscriptionTable
from web.lists import ListPage
from web.lookups import MOST_MATCHES
from web.views import Action, DetailPage, FormPage, VerbView
from web.views.lookup import LookupView, Option


class SubscriptionList(ListPage):
    """The subscriptions that the member sees."""

    permission = "subscriptions.view"
    title = gettext_lazy("Subscriptions")
    counted = ngettext_lazy("%(shown)s subscription", "%(shown)s subscriptions", "n")
    none_match = gettext_lazy("No subscriptions match")
    none_yet = gettext_lazy("No subscriptions yet")
    table_class = SubscriptionTable
    filters_class = SubscriptionFilters
    default_sort = "-started"
    create_url_name = "subscriptions:new"
    create_label = gettext_lazy("New subscription")
    create_permission = PERMISSION

    def queryset(self) -> QuerySet[Subscription]:
        """All that ``visible_to`` gives."""
        return Subscription.objects.visible_to(self.member)

    def rows(self, found: QuerySet[Subscription]) -> QuerySet[Subscription]:
        """With names, the terms agreed last, and the state."""
        last = SubscriptionTerms.objects.filter(subscription=OuterRef("pk")).order_by("-position")
        return found.select_related("company", "product").annotate(
            last_plan=Subquery(last.values("plan__name")[:1]),
            last_quantity=Subquery(last.values("quantity")[:1]),
            state=state_of(),
        )


def state_of() -> Case:
    """Active or cancelled, as the badge wants it."""
    cancelled = When(cancelled_on__isnull=False, then=Value("cancelled"))
    return Case(cancelled, default=Value("active"), output_field=CharField())


class OneSubscription(VerbView):
    """What the verbs of one subscription share."""

    permission = PERMISSION
    object_name = "subscription"

    def queryset(self) -> QuerySet[Subscription]:
        """What the member sees."""
        return Subscription.objects.visible_to(self.member).select_related("company", "product", "account__marketplace")

    def back_url(self) -> str:
        """Its page."""
        return reverse("subscriptions:detail", args=[self.object.pk])

    @cached_property
    def held(self) -> TermsInForce:
        """What holds today."""
        today = self.member.marketplace.today(timezone.now())
        return terms_on(self.object, history(self.object), today)

    def form_options(self) -> dict[str, Any]:
        """The day it is where the marketplace is."""
        return {"today": self.member.marketplace.today(timezone.now())}


class SubscriptionPage(DetailPage):
    """Everything about one subscription, and what happened to it."""

    permission = "subscriptions.view"
    template_name = "subscriptions/detail.html"
    object_name = "subscription"

    def queryset(self) -> QuerySet[Subscription]:
        """What the member sees."""
        rows = Subscription.objects.visible_to(self.member)
        related = rows.select_related("company", "product", "account__payer", "account__merchant__company")
        own = is_own(self.member.user.pk, "company", "account__payer")
        return related.annotate(billed_user_name=name_of("billed_user_id"), is_own=own)

    def actions(self) -> Iterable[Action]:
        """While it goes on; not for one's own company."""
        if may_change(self.object) and not self.object.is_own and self.member.may(PERMISSION):
            pk = self.object.pk
            yield Action(_("Change"), reverse("subscriptions:change", args=[pk]), "pencil", in_dialog=True)
            yield Action(_("Cancel"), reverse("subscriptions:cancel", args=[pk]), "slash-circle", in_dialog=True)

    def context(self) -> dict[str, Any]:
        """What holds, and the story."""
        today = self.member.marketplace.today(timezone.now())
        return {
            "held": terms_on(self.object, history(self.object), today),
            "story": history_of(self.object, self.member),
            "state": "cancelled" if self.object.cancelled_on else "active",
            "currency": self.member.marketplace.currency,
            "sees_companies": self.member.may("companies.view"),
        }


class Subscribe(FormPage):
    """A new subscription."""

    permission = PERMISSION
    title = gettext_lazy("New subscription")
    button = gettext_lazy("Subscribe")
    form_class = SubscribeForm
    verb_keeps_key = True

    def form_options(self) -> dict[str, Any]:
        """Who asks, and today."""
        today = self.member.marketplace.today(timezone.now())
        return {"member": self.member, "initial": {"started_on": today, "company": self.request.GET.get("company", "")}}

    def back_url(self) -> str:
        """The list."""
        return reverse("subscriptions:list")

    def perform(self, form: Any) -> Subscription:
        """Begin it."""
        data = form.cleaned_data
        return operations.subscribe(
            company=data["company"], plan=data["plan"], quantity=data["quantity"], started_on=data["started_on"],
            anchor=data["anchor"], billed_user=data["billed_user"], actor=self.member.actor, now=self.now, key=self.key,
        )  # fmt: skip

    def success_url(self, result: Subscription) -> str:
        """Its page."""
        return reverse("subscriptions:detail", args=[result.pk])

    def message(self, result: Subscription) -> str:
        """What was begun."""
        return _("%(subscription)s has started. The next billing run charges it.") % {"subscription": result}


class Change(OneSubscription):
    """Another plan or quantity."""

    title = gettext_lazy("Change")
    button = gettext_lazy("Change")
    form_class = ChangeForm
    verb_keeps_key = True

    def check(self) -> None:
        """Ask the guards."""
        check_change(self.object, actor=self.member.actor, verb=CHANGE)

    def form_options(self) -> dict[str, Any]:
        """The product's plans, and what holds."""
        plans = Plan.objects.filter(edition__product_id=self.object.product_id).select_related("edition")
        own = self.held.terms.plan_id
        shown = [plan for plan in plans.order_by("pk") if plan.is_active or plan.pk == own]
        initial = {"plan": own, "quantity": self.held.terms.quantity}
        return {**super().form_options(), "plans": shown, "initial": initial}

    def consequence(self) -> str:
        """What billing makes of it."""
        return _(
            "The next billing run credits days that were already charged and charges them again under the new terms."
        )

    def perform(self, form: Any) -> SubscriptionTerms:
        """Agree on it."""
        data = form.cleaned_data
        at_cycle = data["when"] == CYCLE
        return operations.change(
            subscription=self.object, plan=data["plan"], quantity=data["quantity"], at_cycle=at_cycle,
            day=None if at_cycle else data["day"], note=data["note"],
            actor=self.member.actor, now=self.now, key=self.key,
        )  # fmt: skip

    def message(self, result: SubscriptionTerms) -> str:
        """From when."""
        return _("The change applies from %(day)s.") % {"day": result.day.isoformat()}


class Cancel(OneSubscription):
    """The end of a subscription."""

    title = gettext_lazy("Cancel")
    button = gettext_lazy("Cancel subscription")
    tone = "danger"
    form_class = CancelForm
    verb_keeps_key = True

    def check(self) -> None:
        """Ask the guards."""
        check_change(self.object, actor=self.member.actor, verb=CANCEL)

    def perform(self, form: Any) -> Subscription:
        """End it."""
        data = form.cleaned_data
        at_cycle = data["when"] == CYCLE
        return operations.cancel(
            subscription=self.object, partial_credit=data["partial_credit"], reason=data["reason"], at_cycle=at_cycle,
            day=None if at_cycle else data["day"], actor=self.member.actor, now=self.now, key=self.key,
        )  # fmt: skip

    def message(self, result: Subscription) -> str:
        """When."""
        day = result.cancelled_on.isoformat() if result.cancelled_on else ""
        return _("The subscription ends on %(day)s.") % {"day": day}


class SubscriptionLookup(LookupView):
    """Options for the line of an ad hoc memo: the chosen company's subscriptions by product name or UUID."""

    permission = "creditmemos.create"
    box = "subscription_text"
    least = 0

    def found(self, text: str) -> Iterator[Option]:
        """Nothing without a company that may be credited."""
        may_be = creditable_companies(self.member.user.pk, self.member.marketplace.pk)
        company = Company.objects.filter(may_be, pk=read_id(self.request.GET.get("company", ""))).first()
        rows = of_company(company, text)[:MOST_MATCHES] if company else ()
        return ((row.pk, str(row.product), str(row.uuid)) for row in rows)
