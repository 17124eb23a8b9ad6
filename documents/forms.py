"""What people type about templates, images and fonts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from core.checks import LONGEST_REASON
from documents.domain import notes
from documents.domain.notes import LONGEST_NOTE
from documents.domain.pictures import MOST_BYTES
from documents.models import PageSize, TemplateAsset
from documents.renderer.fontfiles import LARGEST
from documents.templates.liquid import LONGEST_SOURCE
from web.forms import PageForm, reason_field

TAKEN = frozenset({"first", "last", "size"})
"""What Liquid understands after the point of every list and dictionary."""
Choices = list[tuple[str, Any]]


class NewTemplateForm(PageForm):
    """What for, and a copy of what."""

    kind = forms.ChoiceField(label=_("Document type"))
    language = forms.ChoiceField(label=_("Language"))
    origin = forms.ChoiceField(label=_("Start from"), help_text=_("A copy is made; the original stays as it is."))
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Internal; customers don't see it."))

    def __init__(self, *args: Any, kinds: Choices, languages: Choices, origins: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("kind", kinds), ("language", languages), ("origin", origins)):
            field: Any = self.fields[name]
            field.choices = choices


class DraftForm(PageForm):
    """A template as it is being written; ``revision`` is the one that was opened."""

    name = forms.CharField(label=_("Name"), max_length=80)
    page_size = forms.ChoiceField(label=_("Paper"), choices=PageSize.choices)
    source = forms.CharField(
        label=_("Source"),
        max_length=LONGEST_SOURCE,
        strip=False,
        widget=forms.Textarea({"rows": 34, "spellcheck": "false", "autocomplete": "off", "wrap": "off"}),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    then = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, may_change: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.disabled = not may_change

    def clean_source(self) -> str:
        """Line ends as the editor shows them, so that line numbers agree."""
        return "\n".join(str(self.cleaned_data["source"]).splitlines()) + "\n"


class PreviewForm(PageForm):
    """What is previewed, on the sample or on a document by its number."""

    page_size = forms.ChoiceField(choices=PageSize.choices)
    source = forms.CharField(max_length=LONGEST_SOURCE, strip=False)
    document = forms.CharField(required=False, max_length=60)
    look = forms.ChoiceField(required=False, choices=[("", ""), ("unified", ""), ("void_copy", ""), ("copy", "")])


class PublishForm(PageForm):
    """What changed, for the history; ``revision`` is the draft that was looked at."""

    note = forms.CharField(
        label=_("What changed"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 3, "autofocus": True}),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class ActivateForm(PageForm):
    """Only why."""

    reason = reason_field()


class ImageForm(PageForm):
    """An image and what templates call it."""

    name = forms.RegexField(
        r"^[A-Za-z][A-Za-z0-9_-]*$",
        label=_("Name"),
        max_length=40,
        help_text=_("Templates use it as images.name. The built-in designs show the image named logo."),
        error_messages={"invalid": _("Start with a letter; then letters, digits, - and _.")},
    )
    file = forms.FileField(
        label=_("Image"),
        widget=forms.FileInput({"class": "form-control", "accept": "image/png,image/jpeg,image/gif,image/webp"}),
        help_text=_("PNG, JPEG, GIF or WebP, at most 2 MB. Large images are scaled down."),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """No larger than a picture may be, before it is read."""
        return _no_larger(self.cleaned_data["file"], MOST_BYTES)

    def clean_name(self) -> str:
        """As Liquid can write it; three words have a meaning of their own there."""
        name = str(self.cleaned_data["name"]).lower().replace("-", "_")
        if name in TAKEN:
            raise ValidationError(_("This word has another meaning in templates. Choose another one."))
        return name


class NoteForm(PageForm):
    """Words, a file, or both."""

    text = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea({"rows": 4, "autofocus": True}),
        help_text=_("Customers don't see it. It can't be changed later, only struck with a reason."),
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput({"class": "form-control", "accept": ".pdf,.png,.jpg,.jpeg,.txt"}),
        help_text=_("PDF, PNG, JPEG or plain text, at most 5 MB."),
    )

    def clean_file(self) -> UploadedFile[bytes] | None:
        """No larger than a file may be, before it is read."""
        sent: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if sent is not None and (sent.size or 0) > notes.MOST_BYTES:
            raise ValidationError(_("The file is larger than 5 MB."))
        return sent


class FontForm(PageForm):
    """One face of a font family."""

    name = forms.RegexField(
        r"^[A-Za-z][A-Za-z0-9 ]*$",
        label=_("Family"),
        max_length=40,
        help_text=_("In styles: font-family: family name."),
        error_messages={"invalid": _("Start with a letter; then letters, digits and spaces.")},
    )
    face = forms.ChoiceField(label=_("Style"), choices=TemplateAsset.Face.choices)
    file = forms.FileField(
        label=_("TrueType file"),
        widget=forms.FileInput({"class": "form-control", "accept": ".ttf,font/ttf"}),
        help_text=_("A .ttf file of at most 8 MB that you have the right to use in documents."),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """No larger than a font may be, before it is read."""
        return _no_larger(self.cleaned_data["file"], LARGEST)


def _no_larger(file: UploadedFile[bytes], most: int) -> UploadedFile[bytes]:
    if (file.size or 0) > most:
        raise ValidationError(_("The file is larger than %(n)s MB.") % {"n": most // 1024 // 1024})
    return file
