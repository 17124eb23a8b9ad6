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
    text = _("The period is closed through %(through)s already.")


class NoRoles(Refusal):
    """A member without a role could do nothing."""

    code = "no_roles"
    text = _("Choose at least one role.")


class RoleNotHere(Refusal):
    """Each kind of company has its own roles."""

    code = "role_not_here"
    text = _("%(company)s can't give the role %(role)s.")


class AlreadyMember(Refusal):
    """The person has roles in this company."""

    code = "already_member"
    text = _("%(person)s belongs to %(company)s already. Change the roles instead.")


class AlreadyInvited(Refusal):
    """The person was asked and has not answered."""

    code = "already_invited"
    text = _("%(person)s is invited to %(company)s already. Send the mail again from their page.")


class NotInvited(Refusal):
    """There is nothing that the person could accept."""

    code = "not_invited"
    text = _("There is no invitation here that waits for an answer.")


class MailedJustNow(Refusal):
    """A mail a minute is enough."""

    code = "mailed_just_now"
    text = _("A mail to %(person)s left less than a minute ago. Please wait a moment.")


class TooManyAttempts(Refusal):
    """Somebody guesses too often."""

    code = "locked"
    text = _("Too many attempts. Please try again later.")


class LinkIsVoid(Refusal):
    """Links work once, and not for ever."""

    code = "link_is_void"
    text = _("This link was used already, or is too old.")


class NotActive(Refusal):
    """The membership ended."""

    code = "not_active"
    text = _("%(person)s does not belong to %(company)s any more.")


class NotYourself(Refusal):
    """Nobody locks themselves out."""

    code = "not_yourself"
    text = _("You can't take your own access away. Ask another manager.")


class LastManager(Refusal):
    """Somebody must be able to give roles."""

    code = "last_manager"
    text = _("%(person)s is the only marketplace manager. Give the role to somebody else first.")


class NotGrantable(Refusal):
    """The permission table leaves this to nobody."""

    code = "not_grantable"
    text = _("The marketplace can't decide whether the role %(role)s has this permission.")


class BillingUnchanged(Refusal):
    """The switch stands there already."""

    code = "billing_unchanged"
    text = _("Nothing to change: %(company)s is billed that way already.")


class ChangedMeanwhile(Refusal):
    """Two people change one thing: the second has not seen what the first one did."""

    code = "changed_meanwhile"
    text = _("Somebody changed this meanwhile: %(fields)s. Open the page again to see it, then make your change.")


class CompanyUnchanged(Refusal):
    """Nothing was changed."""

    code = "company_unchanged"
    text = _("Nothing to change: %(company)s is like that already.")


class ExternalKeyTaken(Refusal):
    """A key from elsewhere names one company."""

    code = "external_key_taken"
    text = _("Another company has this external key already.")


class TaxNumberMistyped(Refusal):
    """What claims to be a VAT identifier must be one."""

    code = "tax_number_mistyped"
    text = _(
        "This begins like a VAT identifier, but its length or check digit is wrong. Please compare it. A tax number of "
        "another kind goes without the country's letters."
    )


class KindIsKept(Refusal):
    """What was made for a company depends on what it is."""

    code = "kind_is_kept"
    text = _("The kind of %(company)s can't be changed any more: %(why)s")


class OperatorIsFixed(Refusal):
    """A marketplace has one operator, from its first day on."""

    code = "operator_is_fixed"
    text = _("A marketplace has one operator: it is neither added nor switched off, and has no parent, payer or terms.")


class NotThisParent(Refusal):
    """One level of parents, inside one marketplace."""

    code = "not_this_parent"
    text = _("%(parent)s can't be the parent of %(company)s: there is one level of parents.")


class SecondLevel(Refusal):
    """A guard of the database stopped it: somebody else was quicker."""

    code = "second_level"
    text = _("There is one level of parents: the parent has a parent itself.")


class NotThisReseller(Refusal):
    """Customers are billed through an active reseller, or not at all."""

    code = "not_this_reseller"
    text = _("Only an active reseller can be billed, and only for a customer.")


class CannotSwitchOff(Refusal):
    """Something goes on that needs the company."""

    code = "cannot_switch_off"
    text = _("%(company)s can't be switched off: %(why)s")


class ResellerIsOff(Refusal):
    """Who pays for a customer must be there first."""

    code = "reseller_is_off"
    text = _("%(reseller)s, who pays for %(company)s, is switched off. Switch it on first.")


class CompanyIsOff(Refusal):
    """Nothing begins with a company that is switched off."""

    code = "company_is_off"
    text = _("%(company)s is switched off. Switch it on first.")


class ReasonMissing(Refusal):
    """What can't be undone by itself needs a reason."""

    code = "reason_missing"
    text = _("Give a reason.")


class AlreadyAsked(Refusal):
    """One request about the same thing is enough."""

    code = "already_asked"
    text = _("Somebody asked for this already. It waits for another person to decide.")


class NotWaiting(Refusal):
    """A request is decided once."""

    code = "not_waiting"
    text = _("This request was decided already.")


class MakerIsChecker(Refusal):
    """Nobody is both people."""

    code = "maker_is_checker"
    text = _("Another person has to decide what you asked for.")


class NotTheMaker(Refusal):
    """A request belongs to who made it."""

    code = "not_the_maker"
    text = _("Only the person who asked can take the request back.")


class NotADecider(Refusal):
    """Somebody's own new account is no second person."""

    code = "not_a_decider"
    text = _(
        "You can't approve this yet: a manager or Finance member does whom a second person admitted, or who has been "
        "there for 30 days."
    )


class SomebodyElse(Refusal):
    """Alone is for who has nobody to ask."""

    code = "somebody_else"
    text = _("Somebody else may decide this, so it can't be done alone.")


class NotAlone(Refusal):
    """The marketplace wants two people, whoever is there."""

    code = "not_alone"
    text = _("This marketplace does not allow acting alone: a second person must decide.")


class AlreadyAlone(Refusal):
    """The day of objections runs already."""

    code = "already_alone"
    text = _("You said already that you do this alone.")


class TooEarly(Refusal):
    """Everybody has a day to object."""

    code = "too_early"
    text = _("This takes effect from %(moment)s on. Until then anybody may object.")


class OwnRoles(Refusal):
    """Rights come from others."""

    code = "own_roles"
    text = _("Nobody changes their own roles. Ask another manager.")


class ChangedSince(Refusal):
    """Somebody was quicker than the second person."""

    code = "changed_since"
    text = _("This was changed since it was asked for. Reject it, and ask again if it is still wanted.")


class OwnCompany(Refusal):
    """Nobody makes, changes or ends a debt or credit of their own company, nor of its parent or children (I18)."""

    code = "own_company"
    text = _("You can't do this for a company you belong to, nor for its parent or its companies. Ask somebody else.")


class SecondPersonNeeded(Refusal):
    """All staff belong to the operator, so one of them alone does nothing for its parent or its companies."""

    code = "second_person_needed"
    text = _("This company is related to the operator that you work for, so this needs approval.")


class NameIsReserved(Refusal):
    """A person called like the product's own labels would be taken for it in the audit log."""

    code = "name_reserved"
    text = _("%(name)s is what the log calls Offset itself. Enter another name.")


class FileIsGone(Refusal):
    """The file was thrown away."""

    code = "file_is_gone"
    text = _("This file is not kept any more. Send it again.")
