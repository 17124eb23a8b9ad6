"""The filter panel's fields, written straight as HTML for the same reason as their controls."""

from django import forms
from django.utils.safestring import SafeString, mark_safe

from web.markup import escaped


def panel(form: forms.Form) -> SafeString:
    """Every field with its label and its error; ids are ``f_`` and the name."""
    return mark_safe("".join([_field(form, name, field) for name, field in form.fields.items()]))  # noqa: S308


def _field(form: forms.Form, name: str, field: forms.Field) -> str:
    errors = form.errors.get(name)
    css = f"field {getattr(field, 'shape', '')}{' is-bad' if errors else ''}"
    error = f'<div class="field-error" id="f_{name}_error">{escaped(errors[0])}</div>' if errors else ""
    return f'<div class="{css}">{_labelled(form, name, field, is_bad=bool(errors))}{error}</div>'


def _labelled(form: forms.Form, name: str, field: forms.Field, *, is_bad: bool) -> str:
    widget, attrs = field.widget, {"id": f"f_{name}"}
    if is_bad:
        attrs |= {"aria-invalid": "true", "aria-describedby": f"f_{name}_error"}
    value = field.prepare_value(widget.value_from_datadict(form.data, form.files, name))
    label, control = escaped(field.label), widget.render(name, value, attrs)
    if isinstance(widget, forms.CheckboxInput):
        return f'<label class="form-check-label" for="f_{name}">{control} {label}</label>'
    if widget.use_fieldset:
        return f'<fieldset><legend class="form-label">{label}</legend>{control}</fieldset>'
    return f'<label class="form-label" for="f_{name}">{label}</label>{control}'
