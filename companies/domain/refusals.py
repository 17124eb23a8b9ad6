"""What the verbs of companies and people say when they refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import Refusal


class DayNotOver(Refusal):
    """A period can only be closed up to yesterday."""

    code = "day_not_over"
    text = _("Only days that are over can be closed: choose a day before %(today)s.")


class ClosedAlready(Refusal):
    """A closed period stays closed."""

    code = "closed_already"
    text = _("The period is already closed through %(through)s.")


class NoRoles(Refusal):
    """A member without a role could do nothing."""

    code = "no_roles"
    text = _("Choose at least one role.")


class RoleNotHere(Refusal):
    """Each kind of company has its own roles."""

    code = "role_not_here"
    text = _("%(company)s can't have members with the role %(role)s.")


class AlreadyMember(Refusal):
    """The person has roles in this company."""

    code = "already_member"
    text = _("%(person)s already belongs to %(company)s. Change the roles instead.")


class AlreadyInvited(Refusal):
    """The person was asked and has not answered."""

    code = "already_invited"
    text = _("%(person)s is already invited to %(company)s. Send the mail again from their page.")


class NotInvited(Refusal):
    """There is nothing that the person could accept."""

    code = "not_invited"
    text = _("There is no open invitation here.")


class MailedJustNow(Refusal):
    """A mail a minute is enough."""

    code = "mailed_just_now"
    text = _("A mail to %(person)s was sent less than a minute ago. Please wait a moment.")


class TooManyAttempts(Refusal):
    """Somebody guesses too often."""

    code = "locked"
    text = _("Too many attempts. Please try again later.")


class LinkIsVoid(Refusal):
    """Links work once, and not for ever."""

    code = "link_is_void"
    text = _("This link has already been used or has expired.")


class NotActive(Refusal):
    """The membership ended."""

    code = "not_active"
    text = _("%(person)s no longer belongs to %(company)s.")


class NotYourself(Refusal):
    """Nobody locks themselves out."""

    code = "not_yourself"
    text = _("You can't remove your own access. Ask another manager.")


class LastManager(Refusal):
    """Somebody must be able to give roles."""

    code = "last_manager"
    text = _("%(person)s is the only marketplace manager. Give the role to somebody else first.")


class NotGrantable(Refusal):
    """The permission table leaves this to nobody."""

    code = "not_grantable"
    text = _("This permission is fixed for the role %(role)s and can't be changed.")


class BillingUnchanged(Refusal):
    """The switch stands there already."""

    code = "billing_unchanged"
    text = _("Nothing to change: %(company)s is already billed that way.")


class ChangedMeanwhile(Refusal):
    """Two people change one thing: the second has not seen what the first one did."""

    code = "changed_meanwhile"
    text = _("Somebody has changed this in the meantime: %(fields)s. Open the page again, then make your change.")


class CompanyUnchanged(Refusal):
    """Nothing was changed."""

    code = "company_unchanged"
    text = _("Nothing to change: %(company)s already has these details.")


class BankDetailsUnchanged(Refusal):
    """Nothing was changed."""

    code = "bank_details_unchanged"
    text = _("Nothing to change: %(company)s already has these bank details.")


class ExternalKeyTaken(Refusal):
    """A key from elsewhere names one company."""

    code = "external_key_taken"
    text = _("Another company already has this external key.")


class TaxNumberMistyped(Refusal):
    """What claims to be a VAT identifier must be one."""

    code = "tax_number_mistyped"
    text = _(
        "This looks like a VAT identifier, but its length or check digit is wrong. Please check it. "
        "Enter other tax numbers without the country letters."
    )


class KindIsKept(Refusal):
    """What was made for a company depends on what it is."""

    code = "kind_is_kept"
    text = _("The kind of %(company)s can no longer be changed: %(why)s")


class OperatorIsFixed(Refusal):
    """A marketplace has one operator, from its first day on."""

    code = "operator_is_fixed"
    text = _(
        "A marketplace has one operator: it can't be added or deactivated, and has no parent, payer or payment terms."
    )


class NotThisParent(Refusal):
    """One level of parents, inside one marketplace."""

    code = "not_this_parent"
    text = _("%(parent)s can't be the parent of %(company)s: there is only one level of parents.")


class SecondLevel(Refusal):
    """A guard of the database stopped it: somebody else was quicker."""

    code = "second_level"
    text = _("There is only one level of parents: this parent has a parent itself.")


class NotThisReseller(Refusal):
    """Customers are billed through an active reseller, or not at all."""

    code = "not_this_reseller"
    text = _("Only an active reseller can be billed, and only for a customer.")


class CannotSwitchOff(Refusal):
    """Something goes on that needs the company."""

    code = "cannot_switch_off"
    text = _("%(company)s can't be deactivated: %(why)s")


class ResellerIsOff(Refusal):
    """Who pays for a customer must be there first."""

    code = "reseller_is_off"
    text = _("%(reseller)s, which pays for %(company)s, is inactive. Reactivate it first.")


class CompanyIsOff(Refusal):
    """Nothing begins with a company that is switched off."""

    code = "company_is_off"
    text = _("%(company)s is inactive. Reactivate it first.")


class ReasonMissing(Refusal):
    """What can't be undone by itself needs a reason."""

    code = "reason_missing"
    text = _("Enter a reason.")


class AlreadyAsked(Refusal):
    """One request about the same thing is enough."""

    code = "already_asked"
    text = _("This has already been requested and is awaiting approval.")


class NotWaiting(Refusal):
    """A request is decided once."""

    code = "not_waiting"
    text = _("This request has already been decided.")


class MakerIsChecker(Refusal):
    """Nobody is both people."""

    code = "maker_is_checker"
    text = _("You can't decide your own request. Ask another person.")


class NotTheMaker(Refusal):
    """A request belongs to who made it."""

    code = "not_the_maker"
    text = _("Only the person who made the request can withdraw it.")


class NotADecider(Refusal):
    """Somebody's own new account is no second person."""

    code = "not_a_decider"
    text = _(
        "You can't approve this yet. Managers and Finance members approve once a second person has "
        "confirmed them, or after 30 days."
    )


class SomebodyElse(Refusal):
    """Alone is for who has nobody to ask."""

    code = "somebody_else"
    text = _("Somebody else can decide this, so you can't act alone.")


class NotAlone(Refusal):
    """The marketplace wants two people, whoever is there."""

    code = "not_alone"
    text = _("This marketplace does not allow acting alone: a second person must decide.")


class AlreadyAlone(Refusal):
    """The day of objections runs already."""

    code = "already_alone"
    text = _("You have already chosen to act alone.")


class TooEarly(Refusal):
    """Everybody has a day to object."""

    code = "too_early"
    text = _("This can take effect from %(moment)s. Until then, anybody may object.")


class OwnRoles(Refusal):
    """Rights come from others."""

    code = "own_roles"
    text = _("You can't change your own roles. Ask another manager.")


class ChangedSince(Refusal):
    """Somebody was quicker than the second person."""

    code = "changed_since"
    text = _("This has changed since it was requested. Reject it, and request it again if it is still needed.")


class OwnCompany(Refusal):
    """Nobody makes, changes or ends a debt or credit of their own company, nor of its parent or children (I18)."""

    code = "own_company"
    text = _(
        "You can't do this for a company you belong to, nor for its parent or its child companies. Ask somebody else."
    )


class SecondPersonNeeded(Refusal):
    """All staff belong to the operator, so one of them alone does nothing for its parent or its companies."""

    code = "second_person_needed"
    text = _("This company is related to the operator that you work for, so this needs approval.")


class NameIsReserved(Refusal):
    """A person called like the product's own labels would be taken for it in the audit log."""

    code = "name_reserved"
    text = _("%(name)s is the name of Offset itself in the log. Enter another name.")


class FileIsGone(Refusal):
    """The file was thrown away."""

    code = "file_is_gone"
    text = _("This file is no longer stored. Upload it again.")
