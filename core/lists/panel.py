"""The filter panel's fields, written straight as HTML for the same reason as their controls."""

from django import forms
from django.forms.boundfield import BoundField
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


def panel(form: forms.Form) -> SafeString:
    """Every field with its label and its error."""
    return mark_safe("".join([_field(form[name], field) for name, field in form.fields.items()]))  # noqa: S308


def _field(bound: BoundField, field: forms.Field) -> str:
    errors = bound.errors
    css = f"field {getattr(field, 'shape', '')}{' is-bad' if errors else ''}"
    error = f'<div class="field-error" id="{bound.auto_id}_error">{escape(errors[0])}</div>' if errors else ""
    return f'<div class="{css}">{_labelled(bound, field)}{error}</div>'


def _labelled(bound: BoundField, field: forms.Field) -> str:
    label, control = escape(bound.label), bound.as_widget()
    if isinstance(field.widget, forms.CheckboxInput):
        return f'<label class="form-check-label" for="{bound.auto_id}">{control} {label}</label>'
    if field.widget.use_fieldset:
        return f'<fieldset><legend class="form-label">{label}</legend>{control}</fieldset>'
    return f'<label class="form-label" for="{bound.auto_id}">{label}</label>{control}'
