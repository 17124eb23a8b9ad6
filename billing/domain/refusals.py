"""What the verbs of billing say when they refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import Refusal


class RunInProgress(Refusal):
    """A marketplace has one run at a time."""

    code = "run_in_progress"
    text = _("Another billing run of this marketplace is not finished yet. Wait for it, or stop it.")


class RunNotOpen(Refusal):
    """Only a run that is going on can be stopped."""

    code = "run_not_open"
    text = _("This run is not going on any more.")


class NothingToRetry(Refusal):
    """Nothing of what was chosen has failed."""

    code = "nothing_to_retry"
    text = _("Nothing to try again: none of this has failed, or somebody was quicker.")


class DayTooFar(Refusal):
    """A run bills what is due by today, or a little ahead."""

    code = "day_too_far"
    text = _("Choose a day up to %(last)s.")


class ImportNotOpen(Refusal):
    """Only an import that is being read can be stopped."""

    code = "import_not_open"
    text = _("This import is not being read any more.")


class ImportNotStopped(Refusal):
    """Only an import that was stopped can be gone on with."""

    code = "import_not_stopped"
    text = _("This import goes on, or is read to its end.")


class EventNotOpen(Refusal):
    """Only what nobody has billed or decided is edited, cancelled or set aside."""

    code = "event_not_open"
    text = _("This can't be done to the event any more. It is: %(status)s.")


class ChangesOnSubscription(Refusal):
    """What was agreed on a subscription is changed there."""

    code = "changes_on_subscription"
    text = _("This event says what was agreed on a subscription. Change or cancel the subscription instead.")


class PartlyBilled(Refusal):
    """A part of the event stands on a document."""

    code = "partly_billed"
    text = _("A part of this event is billed. Correct or refund that charge instead.")


class ImportNotTried(Refusal):
    """Only a dry run that is at its end says what an import does."""

    code = "import_not_tried"
    text = _("This is no dry run that was read to its end.")


class TriedBySomebodyElse(Refusal):
    """What was tried holds for whoever tried it."""

    code = "tried_by_somebody_else"
    text = _("Somebody else tried this file, and it may do something else for you. Try it yourself first.")


class ImportGoesOn(Refusal):
    """What is decided about a file is decided about all of it."""

    code = "import_goes_on"
    text = _("The file is still being read. Decide when it is read to its end, or stop it first.")


class MovedAlready(Refusal):
    """A marketplace moves to V2 once."""

    code = "moved_already"
    text = _("This marketplace uses pipeline V2 already.")
