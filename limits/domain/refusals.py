"""Why a check or a change of a limit is refused, in words for people; ``code`` is for programs."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from core.errors import Refusal


class LimitReached(Refusal):
    code = "limit_reached"
    text = _(
        "This would bring what counts against %(company)s's credit limit to %(exposure)s; the limit is %(limit)s."
        " Ask for a payment, raise the limit, or allow the purchase once."
    )


class PrepaidOnly(LimitReached):
    code = "prepaid_only"
    text = _(
        "%(company)s buys prepaid only: this would leave %(exposure)s to pay. Ask for a payment first, or allow the"
        " purchase once."
    )


class GroupLimitReached(LimitReached):
    code = "group_limit_reached"
    text = _(
        "This would bring what counts against the credit limit that %(company)s shares with its companies to"
        " %(exposure)s; the limit is %(limit)s. Ask for a payment, raise the limit, or allow the purchase once."
    )


class CreditBlocked(Refusal):
    code = "credit_blocked"
    text = _("Credit is blocked for %(company)s, so nothing can be bought. Unblock it first.")


class CannotTell(Refusal):
    """Not an answer: what cannot be reckoned is never a yes."""

    code = "cannot_tell"
    text = _(
        "What %(company)s will be charged can't be told at the moment, so the purchase isn't allowed. Try again in a"
        " minute; if this stays, check the company's country and the tax table."
    )


class KeyUsedOtherwise(Refusal):
    code = "key_used_otherwise"
    text = _("This key was used for another company or amount. Use a new key.")


class ReservationOver(Refusal):
    code = "reservation_over"
    text = _("The reservation under this key is %(status)s. Use a new key.")


class ReservationUsed(Refusal):
    code = "reservation_used"
    text = _("This reservation became a billing event, so it can't be released. Cancel the order instead.")


class NothingChanged(Refusal):
    code = "nothing_changed"
    text = _("This is the credit limit already.")


class ChangedLimit(Refusal):
    code = "limit_changed_since"
    text = _("Somebody changed the credit limit since. Review it and request the change again.")


class NotBlocked(Refusal):
    code = "not_blocked"
    text = _("Credit is not blocked for %(company)s.")


class NoLimitToPass(Refusal):
    code = "no_limit"
    text = _("%(company)s has no credit limit, so there is nothing to allow.")


class TokenNameTaken(Refusal):
    code = "token_name_taken"
    text = _("Another token has this name. Choose a different one.")


class TokenRevoked(Refusal):
    code = "token_revoked"
    text = _("This token was revoked already.")
    status: ClassVar[int] = 409
