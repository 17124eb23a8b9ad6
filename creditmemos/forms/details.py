"""What every new memo asks for: reason, notes, effective date, what happens to the credit; and its lines."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from companies.models import Marketplace
from core.errors import Refusal
from creditmemos.domain.drafting import LONGEST_NOTE, Details, DraftLine, Totals, totals
from creditmemos.models import CreditMemo, CreditReason
from web.forms import PageForm
from web.widgets import DayInput


def note_field(label: Any, help_text: Any = "") -> forms.CharField:
    """A few lines of text, left empty as one likes."""
    widget = forms.Textarea({"rows": 2})
    return forms.CharField(label=label, required=False, max_length=LONGEST_NOTE, widget=widget, help_text=help_text)


class DetailsForm(PageForm):
    """The fields of ``Details``; ``uses`` are the choices for the credit, with their words."""

    reason = forms.ChoiceField(label=_("Reason"), error_messages={"required": _("Choose a reason.")})
    reason_note = note_field(_("Note on the reason"), _("Customers never see it; resellers do."))
    customer_note = note_field(_("Note for the customer"), _("Printed on the credit memo."))
    internal_note = note_field(_("Internal note"))
    effective_date = forms.DateField(
        label=_("Effective date"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=DayInput(),
        help_text=_("Empty: the issue date."),
    )
    use = forms.ChoiceField(label=_("What happens to the credit"), widget=forms.RadioSelect)

    def __init__(
        self,
        *args: Any,
        marketplace: Marketplace,
        uses: Iterable[tuple[str, str | Promise]],
        memo: CreditMemo | None = None,
        **kwargs: Any,
    ) -> None:
        self.uses = list(uses)
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        reasons = CreditReason.objects.filter(marketplace=marketplace, is_active=True)
        choices = [(str(reason.pk), reason.label(language)) for reason in reasons]
        self.offer("reason", [("", _("Choose a reason")), *choices])
        self.offer("use", self.uses)
        self.initial = {"use": self.uses[0][0], **(details_of(memo) if memo else {}), **self.initial}

    def details(self) -> Details:
        """The cleaned values as the operations take them."""
        values = self.cleaned_data
        return Details(
            reason_id=int(values["reason"]),
            reason_note=values["reason_note"],
            internal_note=values["internal_note"],
            customer_note=values["customer_note"],
            effective_date=values["effective_date"],
            use=values["use"],
        )


class LinesForm(DetailsForm):
    """Details, and lines that a subclass reads; an error that is about all lines is ``lines_error``."""

    lines_error = ""

    @property
    def drafted(self) -> Sequence[DraftLine]:
        """The memo lines, in their order."""
        raise NotImplementedError

    @property
    def totals(self) -> Totals:
        """Their sums."""
        return totals(self.drafted)

    @property
    def is_in_order(self) -> bool:
        """Whether nothing typed in a line was refused."""
        raise NotImplementedError

    def forgive(self) -> None:
        """Say nothing yet of what is missing: the page is only looked at, not sent."""
        self.errors.clear()
        self.lines_error = ""

    def clean(self) -> dict[str, Any]:
        """At least one line must be credited."""
        if self.is_in_order and not self.drafted:
            self.lines_error = gettext("Credit at least one line.")
        return self.cleaned_data

    def is_valid(self) -> bool:
        """The fields and the lines."""
        return super().is_valid() and self.is_in_order and not self.lines_error

    def refuse(self, refusal: Refusal) -> None:
        """Beside the line that it names, above the lines when it is about all, else as for every form."""
        if self.refuse_line(refusal):
            return
        if refusal.field == "lines":
            self.lines_error = refusal.message
        else:
            super().refuse(refusal)

    def refuse_line(self, refusal: Refusal) -> bool:
        """Put it beside the line that it names, if it names one."""
        raise NotImplementedError

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """The lines' errors before those of the fields."""
        whole = [("lines", gettext("Lines"), self.lines_error)] if self.lines_error else []
        return [*whole, *self.line_problems(), *super().problems]

    def line_problems(self) -> Iterator[tuple[str, str, str]]:
        """(id of the box, its name, the error) of what was refused in lines."""
        raise NotImplementedError


def details_of(memo: CreditMemo) -> dict[str, Any]:
    """What a draft holds, as initial values."""
    return {
        "reason": str(memo.reason_id or ""),
        "reason_note": memo.reason_note,
        "customer_note": memo.customer_note,
        "internal_note": memo.internal_note,
        "effective_date": memo.effective_date,
        "use": memo.use,
        "then": memo.afterwards,
    }
