"""Forms of the invoice's verbs."""

from core.forms import PageForm, reason_field


class VoidForm(PageForm):
    """Why an invoice is voided."""

    reason = reason_field()
