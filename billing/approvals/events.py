"""What a second person is asked about recorded events (I19)."""

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.models import BillingEvent
from billing.operations import cancelling
from billing.operations.asking import BILL_EVENT, BILL_IMPORT, EVENT, IMPORT
from billing.operations.deciding import asked_about, carry_out, companies_asked_about, give_back
from companies.queries.people import members_around
from companies.queries.two_person import TwoPersonVerb, register
from core.formats import amount_text
from core.models import Approval


def _event_title(approval: Approval) -> str:
    kind = BillingEvent.Kind(approval.arguments["event_kind"]).label
    return _("Bill %(kind)s %(key)s") % {"kind": kind, "key": approval.arguments["key"]}


def _import_title(approval: Approval) -> str:
    return _("Bill events from %(file)s") % {"file": approval.arguments["name"]}


def _consequence(approval: Approval) -> str:
    found = asked_about(approval).aggregate(count=Count("pk"), credit=Sum("credit"))
    count, credit = found["count"], int(found["credit"] or 0)
    text = ngettext("The next billing run bills it.", "The next billing run bills these %(n)s events.", count) % {
        "n": count
    }
    if not credit:
        return f"{text} {_('The amount of credit is known only then.')}" if approval.kind == EVENT else text
    event = asked_about(approval).select_related("account").first()
    sums = _("They give up to %(amount)s of credit.") if count > 1 else _("It gives up to %(amount)s of credit.")
    return f"{text} {sums % {'amount': amount_text(credit, event.account.currency if event else '')}}"


def _kept(_approval: Approval) -> str:
    return _("It will not be billed. A new event can be recorded.")


def _barred(approval: Approval) -> frozenset[int]:
    """Nobody decides about credit of a company that they belong to (I18)."""
    return frozenset(members_around(companies_asked_about(approval)))


def _event_page(approval: Approval) -> str:
    return reverse("billing:event", args=[approval.object_id])


def _import_page(approval: Approval) -> str:
    return reverse("billing:import", args=[approval.object_id])


def register_all() -> None:
    """Called from AppConfig.ready."""
    cancelling.register_all()
    register(
        TwoPersonVerb(
            kind=EVENT, name=BILL_EVENT, label=gettext_lazy("Bill"), perform=carry_out, returned=give_back,
            title=_event_title, consequence=_consequence, kept=_kept, barred=_barred, page=_event_page,
        )
    )  # fmt: skip
    register(
        TwoPersonVerb(
            kind=IMPORT, name=BILL_IMPORT, label=gettext_lazy("Bill events from a file"), perform=carry_out,
            returned=give_back, title=_import_title, consequence=_consequence, kept=_kept, barred=_barred,
            page=_import_page,
        )
    )  # fmt: skip
