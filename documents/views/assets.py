"""Images and fonts of templates: what there is, adding, taking away."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.forms import FontForm, ImageForm
from documents.models import TemplateAsset
from documents.operations import assets
from documents.pdf.materials import MaterialsAway, bytes_of
from documents.queries.assets import assets_at
from documents.queries.templates import named_in
from web.access import MemberView, one_or_404
from web.forms import NoFields, PageForm
from web.views import FormPage, VerbView

Kind = TemplateAsset.Kind


class Assets(MemberView):
    """All images and fonts that templates can use now."""

    permission = "settings.view"
    http_method_names = ["get", "head"]
    title = gettext_lazy("Images and fonts")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Images with how they look, fonts by family and face."""
        there = assets_at(self.member.marketplace.pk, timezone.now())
        context = {
            "title": self.title,
            "images": [asset for asset in there if asset.kind == Kind.IMAGE],
            "fonts": [asset for asset in there if asset.kind == Kind.FONT],
            "may_change": self.member.may("settings.change"),
        }
        return render(request, "documents/assets.html", context)


class AddAsset(FormPage):
    """What sending an image and a font have in common; the same file again is the asset that is there."""

    permission = "settings.change"
    body_template = "documents/_asset_form.html"
    back_label = gettext_lazy("Images and fonts")
    verb_keeps_key = True

    def make_form(self, data: QueryDict | None) -> PageForm:
        """With the file."""
        return self.form_class(data, self.request.FILES if data is not None else None, **self.form_options())

    def back_url(self) -> str:
        """The list."""
        return reverse("documents:assets")

    def success_url(self, _result: TemplateAsset) -> str:
        """The list."""
        return self.back_url()

    def message(self, result: TemplateAsset) -> str:
        """From when on."""
        return _("%(name)s is used in documents that are issued from now on.") % {"name": result.name}


class AddImage(AddAsset):
    """Send a picture."""

    title = gettext_lazy("Add an image")
    button = gettext_lazy("Save image")
    form_class = ImageForm

    def form_options(self) -> dict[str, Any]:
        """The logo first."""
        return {"initial": {"name": self.request.GET.get("name", "logo")}}

    def perform(self, form: Any) -> TemplateAsset:
        """Keep it."""
        sent = form.cleaned_data["file"]
        return assets.add_image(
            name=form.cleaned_data["name"],
            content=sent.read(),
            file_name=sent.name,
            actor=self.member.actor,
            now=self.now,
        )


class AddFont(AddAsset):
    """Send one face of a font."""

    title = gettext_lazy("Add a font")
    button = gettext_lazy("Save font")
    form_class = FontForm

    def perform(self, form: Any) -> TemplateAsset:
        """Keep it."""
        typed = form.cleaned_data
        return assets.add_font(
            name=typed["name"],
            face=typed["face"],
            content=typed["file"].read(),
            file_name=typed["file"].name,
            actor=self.member.actor,
            now=self.now,
        )


class AssetFile(MemberView):
    """The bytes of an image, for the pages that show it."""

    permission = "settings.view"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG002
        """As it is kept."""
        own = TemplateAsset.objects.filter(marketplace_id=self.member.marketplace.pk, kind=Kind.IMAGE, size__gt=0)
        asset = one_or_404(own, pk)
        try:
            content = bytes_of(asset)
        except MaterialsAway as error:
            return HttpResponse(str(error), status=503, content_type="text/plain; charset=utf-8")
        headers = {"Content-Disposition": "inline", "X-Content-Type-Options": "nosniff"}
        return HttpResponse(content, content_type=asset.media_type, headers=headers)


class RemoveAsset(VerbView):
    """Take an image or a face away."""

    permission = "settings.change"
    title = gettext_lazy("Remove")
    button = gettext_lazy("Remove")
    tone = "danger"
    form_class = NoFields
    object_name = "asset"
    object: TemplateAsset
    back_label = gettext_lazy("Images and fonts")

    def queryset(self) -> QuerySet[TemplateAsset]:
        """The marketplace's."""
        return TemplateAsset.objects.filter(marketplace_id=self.member.marketplace.pk, size__gt=0)

    def heading(self) -> str:
        """Which."""
        return _("Remove %(name)s") % {"name": self.object}

    def consequence(self) -> str:
        """Whose documents will miss it."""
        users = ", ".join(named_in(self.object.name, self.member.marketplace.pk))
        text = _("Issued documents keep it. Those issued from now on are printed without it.")
        return f"{text} {_('These templates use it: %(names)s.') % {'names': users}}" if users else text

    def back_url(self) -> str:
        """The list."""
        return reverse("documents:assets")

    def perform(self, _form: Any) -> TemplateAsset:
        """Take it away."""
        return assets.remove(asset=self.object, actor=self.member.actor, now=self.now)

    def message(self, result: TemplateAsset) -> str:
        """Said."""
        return _("%(name)s has been removed.") % {"name": result}
