"""The words of billing: audit verbs and fields, badges, places in the sidebar."""

from collections.abc import Iterator

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.models import BillingEvent, EventImport
from core import things
from core.labels import Badge, Place, Section, register
from core.things import ID, Thing, column

VERBS = {
    "event.recorded": _("Recorded a billing event"),
    "request.bill_event_requested": _("Requested approval to bill an event"),
    "request.bill_import_requested": _("Requested approval to bill events from a file"),
    "event.replaced": _("Edited and resubmitted a billing event"),
    "event.restored": _("Reinstated an edited billing event"),
    "event.cancelled": _("Cancelled a billing event"),
    "event.set_aside": _("Set a failed billing event aside"),
    "event.brought_back": _("Restored a billing event"),
    "request.cancel_event_requested": _("Requested approval to cancel a billing event"),
    "event.retried": _("Tried a billing event again"),
    "import.tried": _("Made a dry run of billing events"),
    "import.started": _("Imported billing events"),
    "import.stopped": _("Stopped an import"),
    "import.resumed": _("Resumed an import"),
    "exception.seen": _("Marked a billing exception as seen"),
    "billing.waits_again": _("Set billed items to be billed again"),
    "run.started": _("Started a billing run"),
    "run.stopped": _("Stopped a billing run"),
    "run.broken_off": _("A billing run was interrupted"),
    "run.retried": _("Tried failed payers again"),
    "run.finished": _("A billing run ended"),
    "billing_settings.changed": _("Changed the billing settings"),
    "tax_table.changed": _("Changed the tax table"),
    "marketplace.moved": _("Moved the marketplace to pipeline V2"),
}
FIELDS = {
    "charges": _("Charges"),
    "credits": _("Credits"),
    "events": _("Events"),
    "event_kind": _("Kind of event"),
    "replaces": _("Replaces"),
    "balances": _("Balances carried"),
    "pipeline": _("Pipeline"),
    "dry": _("Preview"),
    "payers": _("Payers"),
    "frequency": _("Automatic runs"),
    "hour": _("Hour"),
    "lanes": _("Parallel workers"),
    "change_day_is_new": _("Day of a plan change charged at the new plan"),
    "cancel_day_is_used": _("Day of a cancellation charged"),
    "rules": _("Taxes"),
}
BADGES = {
    "event": {
        "pending": Badge("plain", "clock", _("Waiting for a run")),
        "billed": Badge("good", "check-circle-fill", _("Billed")),
        "nothing": Badge("quiet", "dash-circle", _("Nothing to bill")),
        "failed": Badge("bad", "exclamation-circle-fill", _("Failed")),
        "asked": Badge("warn", "hourglass-split", _("Awaiting approval")),
        "rejected": Badge("quiet", "x-circle", _("Rejected")),
        "replaced": Badge("quiet", "arrow-repeat", _("Replaced")),
        "cancelled": Badge("quiet", "slash-circle", _("Cancelled")),
        "aside": Badge("quiet", "pause-fill", _("Set aside")),
    },
    "run": {
        "collecting": Badge("info", "hourglass-split", _("Collecting")),
        "running": Badge("info", "hourglass-split", _("Running")),
        "finished": Badge("good", "check-circle-fill", _("Finished")),
        "stopped": Badge("warn", "slash-circle", _("Stopped")),
        "waiting": Badge("plain", "clock", _("Waiting")),
        "issued": Badge("info", "receipt", _("Issued")),
        "done": Badge("good", "check-lg", _("Done")),
        "failed": Badge("bad", "exclamation-circle-fill", _("Failed")),
    },
    "import": {
        "waiting": Badge("plain", "clock", _("Waiting")),
        "reading": Badge("info", "hourglass-split", _("In progress")),
        "stopped": Badge("warn", "pause-fill", _("Stopped")),
        "done": Badge("good", "check-circle-fill", _("Complete")),
        "failed": Badge("bad", "exclamation-circle-fill", _("Failed")),
    },
}
PLACES = [
    Place(Section.RUNS, 60, _("Dashboard"), "billing:dashboard", "speedometer2", "billing.view"),
    Place(Section.RUNS, 70, _("Runs"), "billing:runs", "play-circle", "billing.view"),
    Place(Section.RUNS, 80, _("Events"), "billing:events", "list-check", "billing.view"),
    Place(Section.SETTINGS, 120, _("Billing"), "billing:settings", "calendar3", "settings.view"),
]


def _things() -> Iterator[Thing]:
    yield Thing(
        "billingrun", _("Billing run"), name=ID, written=lambda number: gettext("Run %(number)s") % {"number": number},
        page="billing:run", permission="billing.view",
    )  # fmt: skip
    for kind in ("billingevent", "event"):  # What two people decide is written with the request's kind.
        yield Thing(
            kind, _("Billing event"), name=column(BillingEvent.objects.all(), "key"), page="billing:event",
            permission="billing.view",
        )  # fmt: skip
    for kind in ("eventimport", "import"):
        yield Thing(
            kind, _("File of events"), name=column(EventImport.objects.all(), "name"), page="billing:import",
            permission="billing.view",
        )  # fmt: skip
    yield Thing("billingexception", _("Billing exception"), page="billing:dashboard", by="", permission="billing.view")
    yield Thing("billingsettings", _("Billing settings"), page="billing:settings", by="", permission="settings.change")


def register_all() -> None:
    """Called from AppConfig.ready."""
    things.register(*_things())
    register(verbs=VERBS, fields=FIELDS, badges=BADGES, places=PLACES)
