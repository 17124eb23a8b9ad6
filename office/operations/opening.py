"""Open a marketplace: every row that its pages need, so that the first manager can sign in and go on from there."""

from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.domain.standard_rates import standard_rate
from billing.models import BillingSettings
from billing.operations.settings import Tax, set_tax_rules
from companies.domain.addresses import canonical
from companies.domain.company_values import CompanyValues, checked
from companies.domain.names import check_person_name
from companies.domain.roles import Role
from companies.models import Company, Marketplace, MarketplaceSettings, Membership, MerchantOfRecord
from companies.operations.appointing import appoint
from companies.operations.people import check_address
from core import audit
from core.actors import Actor
from core.checks import check_choice, check_text
from core.errors import InvalidInput, Refusal
from core.locking import take_turns
from core.money import EXPONENTS
from creditmemos.operations.merchants import checked_code
from creditmemos.operations.reasons import add_default_reasons

CODE, NAME = 40, 120
"""How long the marketplace's code and name may be."""


class MarketplaceThere(Refusal):
    """A marketplace is opened once."""

    code = "marketplace_there"
    text = gettext_lazy("A marketplace %(code)s already exists. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Opening:
    """What has to be known about a marketplace before anything else can be.

    ``languages`` are codes, the first is the default; ``currency`` is ISO 4217, ``time_zone`` an IANA name;
    ``operator`` is the company that runs the marketplace and sells, ``merchant`` its code as merchant of record;
    ``manager`` is the address of who manages it first.
    """

    code: str
    name: str
    currency: str
    time_zone: str
    languages: list[str]
    pipeline: str
    operator: CompanyValues
    merchant: str
    manager: str
    manager_name: str


@transaction.atomic
def open_marketplace(*, opening: Opening, machine: str, is_mailed: bool, now: datetime) -> Membership:
    """Make the marketplace and give back its first manager's membership; all of it or nothing.

    It begins with the settings' defaults, credit reasons, the standard rate of the operator's country as its tax table,
    and no calendar of runs. The manager is mailed a link where they have to prove their address, unless whoever opens
    it hands the link over (``is_mailed``). ``machine`` is who sits at the machine, for the audit log. Raises
    MarketplaceThere, or InvalidInput with the field's name.
    """
    take_turns("open_marketplace")
    operator, code = _check(opening), checked_code(opening.merchant, field="merchant")
    if Marketplace.objects.filter(code=opening.code).exists():
        raise MarketplaceThere(code=opening.code, field="code")
    marketplace = Marketplace.objects.create(
        code=opening.code, name=opening.name.strip(), currency=opening.currency, time_zone=opening.time_zone,
        languages=opening.languages, default_language=opening.languages[0], pipeline=opening.pipeline,
    )  # fmt: skip
    actor = Actor(marketplace_id=marketplace.pk, label=machine)
    MarketplaceSettings.objects.create(marketplace=marketplace)
    BillingSettings.objects.create(marketplace=marketplace)
    company = Company.objects.create(marketplace=marketplace, **asdict(operator))
    MerchantOfRecord.objects.create(marketplace=marketplace, company=company, code=code)
    add_default_reasons(marketplace=marketplace)
    audit.record(actor=actor, verb="marketplace.opened", obj=marketplace, after=_told(opening), now=now)
    if rate := standard_rate(operator.country):
        name, fraction = rate
        set_tax_rules(taxes=[Tax(operator.country, "", name, fraction)], actor=actor, now=now)
    return appoint(
        marketplace=marketplace, email=opening.manager, name=opening.manager_name, role=Role.MANAGER,
        operator=machine, is_mailed=is_mailed, now=now,
    )  # fmt: skip


def code_of(name: str) -> str:
    """The code that a marketplace of this name gets unless another is given."""
    return slugify(name)[:CODE].strip("-")


def _check(opening: Opening) -> CompanyValues:
    """Ask what can be asked of the values alone, and give the operator's in their one spelling."""
    check_text(opening.name, longest=NAME, field="name", required=True)
    check_text(opening.code, longest=CODE, field="code", required=True)
    check_text(opening.manager_name, longest=NAME, field="manager_name", required=True)
    check_person_name(opening.manager_name, field="manager_name")
    if slugify(opening.code) != opening.code:
        raise InvalidInput(_("Enter the code in small letters, digits and hyphens."), field="code")
    if opening.currency not in EXPONENTS:
        raise InvalidInput(_("Enter the currency by its ISO 4217 code, such as EUR."), field="currency")
    if opening.time_zone not in available_timezones():
        raise InvalidInput(_("Enter the time zone as in Europe/Berlin."), field="time_zone")
    check_choice(opening.pipeline, Marketplace.Pipeline.values, field="pipeline")
    _check_languages(opening.languages)
    check_address(canonical(opening.manager), field="manager")
    return _checked_operator(opening)


def _checked_operator(opening: Opening) -> CompanyValues:
    """What holds for any company, and that it has a country, where what it sells is taxed."""
    try:
        values = checked(opening.operator, kinds=[Company.Kind.OPERATOR], languages=opening.languages)
    except Refusal as refusal:
        if refusal.field == "name":
            refusal.field = "operator"
        raise
    if not values.country:
        raise InvalidInput(_("Enter the country of the company that sells."), field="country")
    return values


def _check_languages(languages: list[str]) -> None:
    known = [code for code, _name in settings.LANGUAGES]
    if not languages or len(set(languages)) != len(languages):
        raise InvalidInput(_("Enter each language once, the default first."), field="languages")
    for language in languages:
        check_choice(language, known, field="languages")


def _told(opening: Opening) -> dict[str, object]:
    """What the audit log says: the marketplace, not its people."""
    told = asdict(opening)
    return {name: told[name] for name in ("name", "currency", "time_zone", "languages", "pipeline", "merchant")}
