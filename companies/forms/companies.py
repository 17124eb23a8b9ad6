"""Adding and changing a company."""

import json
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from companies.domain.company_values import LONGEST, LONGEST_TERMS, CompanyValues
from companies.domain.countries import COUNTRIES
from companies.members import Member
from companies.models import Company
from companies.operations.companies import ADDABLE
from core.formats import reader
from core.labels import BADGES
from web.fields import LookupField
from web.forms import PageForm

_NOT_SEEN = _("Reload the page: a part of the form was missing.")


def _text(label: Any, name: str, help_text: Any = "", *, required: bool = False) -> forms.CharField:
    return forms.CharField(label=label, max_length=LONGEST[name], help_text=help_text, required=required)


class SeenField(forms.Field):
    """What the page showed, as JSON that goes along and comes back."""

    widget = forms.HiddenInput
    default_error_messages: ClassVar[dict[str, Any]] = {"required": _NOT_SEEN}

    def prepare_value(self, value: Any) -> Any:
        """As text; nothing while nothing was shown."""
        return value if value is None or isinstance(value, str) else json.dumps(value)

    def to_python(self, value: Any) -> CompanyValues | None:
        """As values; whatever a page of ours would not send is refused."""
        if not value:
            return None
        try:
            return CompanyValues(**json.loads(value))
        except (TypeError, ValueError, RecursionError):
            raise forms.ValidationError(_NOT_SEEN) from None


class CompanyForm(PageForm):
    """What can be said of a company, each field under its column's name; ``fixed`` names those that stay, and why."""

    name = _text(_("Name"), "name", _("As printed on documents."), required=True)
    kind = forms.ChoiceField(label=_("Kind"))
    external_key = _text(
        _("External key"), "external_key", _("Its identifier in another system; import files refer to it.")
    )
    street = _text(_("Street and number"), "street")
    postal_code = _text(_("Postal code"), "postal_code")
    city = _text(_("City"), "city")
    country = forms.ChoiceField(label=_("Country"), required=False)
    tax_number = _text(
        _("Tax number"), "tax_number", _("VAT identifiers with country letters are checked by their check digits.")
    )
    tax_exempt = forms.BooleanField(
        label=_("Exempt from tax"), required=False, help_text=_("No tax on its invoices from the next run on.")
    )
    billing_email = forms.EmailField(label=_("Billing e-mail"), required=False, max_length=LONGEST["billing_email"])
    language = forms.ChoiceField(label=_("Language of documents and mails"), required=False)
    payment_terms_days = forms.IntegerField(
        label=_("Payment terms in days"), required=False, min_value=0, max_value=LONGEST_TERMS,
        help_text=_("From issue date to due date, for new invoices. Empty: the marketplace default."),
    )  # fmt: skip
    parent = LookupField(
        label=_("Parent"), url_name="companies:lookup", what=_("company"), required=False,
        help_text=_("Only one level: the parent can't have a parent itself."),
    )  # fmt: skip
    reseller = LookupField(
        label=_("Reseller"), url_name="companies:resellers", what=_("reseller"), required=False,
        help_text=_("Pays for this customer from now on. Current subscriptions keep their payer."),
    )  # fmt: skip
    seen = SeenField(required=False)

    def __init__(
        self, *args: Any, member: Member, kind: str = "", fixed: dict[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        rows = Company.objects.visible_to(member)
        self.limit("parent", rows)
        self.limit("reseller", rows.filter(kind=Company.Kind.RESELLER))
        kinds = dict.fromkeys([*([kind] if kind else []), *ADDABLE])
        self.offer("kind", [(each, BADGES["company"][each].label) for each in kinds])
        names = reader().territories
        named = sorted(((code, names.get(code, code)) for code in COUNTRIES), key=lambda pair: str(pair[1]).casefold())
        self.offer("country", [("", "---"), *named])
        languages = dict(settings.LANGUAGES)
        spoken = [(code, languages.get(code, code)) for code in member.marketplace.languages]
        self.offer("language", [("", _("Marketplace default")), *spoken])
        self.fields["seen"].required = "seen" in self.initial
        for name, why in (fixed or {}).items():
            self.fields[name].disabled = True
            self.fields[name].help_text = why

    @property
    def values(self) -> CompanyValues:
        """What was typed, relatives by their ids."""
        data = {**self.cleaned_data}
        data.pop("seen")
        relatives: dict[str, Any] = {
            f"{name}_id": row.pk if (row := data.pop(name)) else None for name in ("parent", "reseller")
        }
        return CompanyValues(**data, **relatives)
