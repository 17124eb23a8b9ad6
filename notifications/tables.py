"""The columns of the delivery log."""

from typing import Any

from babel import Locale
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from documents.domain.kinds import kind_called, names
from notifications.domain.kinds import label_of
from web.tables import Column, KeyColumn, LinkColumn, MomentColumn, NumberColumn, StatusColumn, Table, Writer


class MailColumn(Column):
    """The kind of mail in words."""

    def writer(self, _locale: Locale) -> Writer:
        """The words."""
        opening = self.opening
        return lambda record: f"{opening}{escape(label_of(record.kind))}</td>"

    def exported(self, record: Any) -> object:
        """The words."""
        return label_of(record.kind)


class AboutColumn(Column):
    """The document that the mail is about, linked to its page."""

    def writer(self, _locale: Locale) -> Writer:
        """A link, or a dash."""
        opening, empty, known = self.opening, self.empty, names()

        def write(record: Any) -> str:
            if not record.number or record.subject_kind not in known:
                return empty
            url = reverse(kind_called(record.subject_kind).page, args=[record.subject_id])
            return f'{opening}<a href="{url}">{escape(record.number)}</a></td>'

        return write


class DeliveryTable(Table):
    """Mails, the newest first."""

    recipient = KeyColumn(_("To"), url_name="notifications:delivery", order_by="recipient", otherwise=_("No recipient"))
    state = StatusColumn(_("Status"), kind="work")
    number = AboutColumn(_("Document"))
    kind = MailColumn(_("Mail"), wide_only=True)
    company = LinkColumn(_("Company"), url_name="companies:detail", text="company_then", wide_only=True)
    created = MomentColumn(_("Planned"), accessor="created_at", order_by="created_at")
    attempts = NumberColumn(_("Attempts"), wide_only=True, extra=True)
    answer = Column(_("Answer"), wide_only=True, wraps=True)
