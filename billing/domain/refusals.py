"""What the verbs of billing say when they refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import Refusal


class RunInProgress(Refusal):
    """A marketplace has one run at a time."""

    code = "run_in_progress"
    text = _("Another billing run of this marketplace has not finished yet. Wait for it, or stop it.")


class RunNotOpen(Refusal):
    """Only a run that is going on can be stopped."""

    code = "run_not_open"
    text = _("This run is no longer in progress.")


class NothingToRetry(Refusal):
    """Nothing of what was chosen has failed."""

    code = "nothing_to_retry"
    text = _("There is nothing to try again: none of these has failed, or somebody has already tried them again.")


class DayTooFar(Refusal):
    """A run bills what is due by today, or a little ahead."""

    code = "day_too_far"
    text = _("Choose a day up to %(last)s.")


class ImportNotOpen(Refusal):
    """Only an import that is being read can be stopped."""

    code = "import_not_open"
    text = _("This import is no longer in progress.")


class ImportNotStopped(Refusal):
    """Only an import that was stopped can be gone on with."""

    code = "import_not_stopped"
    text = _("This import is in progress or already complete.")


class EventNotOpen(Refusal):
    """Only what nobody has billed or decided is edited, cancelled or set aside."""

    code = "event_not_open"
    text = _("This is no longer possible for the event. Its status: %(status)s.")


class ChangesOnSubscription(Refusal):
    """What was agreed on a subscription is changed there."""

    code = "changes_on_subscription"
    text = _("This event records the terms of a subscription. Change or cancel the subscription instead.")


class PartlyBilled(Refusal):
    """A part of the event stands on a document."""

    code = "partly_billed"
    text = _("Part of this event is already billed. Correct or refund that charge instead.")


class ImportNotTried(Refusal):
    """Only a dry run that is at its end says what an import does."""

    code = "import_not_tried"
    text = _("This is not a completed dry run.")


class TriedLongAgo(Refusal):
    """What a dry run noted of the rows that it read is tidied away after a week."""

    code = "tried_long_ago"
    text = _("This dry run is more than a week old and can't go on. Send the file again.")


class ImportGoesOn(Refusal):
    """What is decided about a file is decided about all of it."""

    code = "import_goes_on"
    text = _("The file is still being imported. Decide once the import is complete, or stop it first.")


class MovedAlready(Refusal):
    """A marketplace moves to V2 once."""

    code = "moved_already"
    text = _("This marketplace already uses pipeline V2.")
