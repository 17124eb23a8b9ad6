"""What people do with templates: begin one from another, save a draft, publish it, and say which version prints."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.queries.people import name_in
from core import audit
from core.actors import Actor
from core.errors import InvalidInput, Refusal
from core.locking import lock_one
from documents.models import DocumentTemplate, TemplateActivation, TemplateVersion
from documents.queries.templates import active_versions, says_the_same
from documents.templates.liquid import LONGEST_SOURCE


class NameTaken(Refusal):
    """Two templates of a kind and language would have the same name."""

    code = "template_name_taken"
    text = gettext_lazy("A template of this name already exists for this document type and language.")


class DraftChanged(Refusal):
    """Somebody saved the draft after it was opened."""

    code = "template_draft_changed"
    text = gettext_lazy(
        "%(person)s has saved this template since you opened it. Yours is kept below; compare before you save it."
    )


class NothingNew(Refusal):
    """The draft says what the last version says."""

    code = "template_nothing_new"
    text = gettext_lazy("Nothing has changed since %(version)s, which is active.")


class AlreadyActive(Refusal):
    """It prints these documents already."""

    code = "template_already_active"
    text = gettext_lazy("These documents already use this template.")


@transaction.atomic
def create(
    *, origin: TemplateVersion | DocumentTemplate, kind: str, language: str, name: str, actor: Actor, now: datetime
) -> DocumentTemplate:
    """Begin a template as a copy of a version, or of another draft. Raises NameTaken and InvalidInput."""
    name = _named(name)
    _check_name(name, kind=kind, language=language, actor=actor)
    template = DocumentTemplate.objects.create(
        marketplace_id=actor.marketplace_id,
        kind=kind,
        language=language,
        name=name,
        source=origin.source,
        page_size=origin.page_size,
        origin=str(origin)[:120],
        created_at=now,
        updated_at=now,
        updated_by_id=actor.user_id,
    )
    after: dict[str, object] = {"name": name, "document": kind, "language": language, "origin": template.origin}
    audit.record(actor=actor, verb="template.created", now=now, obj=template, after=after)
    return template


@transaction.atomic
def save_draft(
    *,
    template: DocumentTemplate,
    name: str,
    source: str,
    page_size: str,
    revision: int,
    actor: Actor,
    now: datetime,
) -> DocumentTemplate:
    """Keep the draft, whether it renders or not. ``revision`` is the one that was opened.

    Raises NameTaken, InvalidInput and DraftChanged.
    """
    name = _named(name)
    if len(source) > LONGEST_SOURCE:
        raise InvalidInput(_("A template has at most %(n)s characters.") % {"n": LONGEST_SOURCE}, field="source")
    found = _locked(template, actor)
    if found.revision != revision:
        raise DraftChanged(person=name_in(found.marketplace_id, found.updated_by))
    if name != found.name:
        _check_name(name, kind=found.kind, language=found.language, actor=actor)
    before: dict[str, object] = {"name": found.name, "revision": found.revision}
    found.name, found.source, found.page_size = name, source, page_size
    found.revision, found.updated_at, found.updated_by_id = revision + 1, now, actor.user_id
    found.save(update_fields=["name", "source", "page_size", "revision", "updated_at", "updated_by"])
    after: dict[str, object] = {"name": name, "revision": found.revision, "page_size": page_size}
    audit.record(actor=actor, verb="template.saved", now=now, obj=found, before=before, after=after)
    return found


@transaction.atomic
def publish(*, template: DocumentTemplate, revision: int, note: str, actor: Actor, now: datetime) -> TemplateVersion:
    """Make the draft a version and print with it from now on; whoever asks has seen that it renders.

    Raises DraftChanged, and NothingNew when the last version says the same and is active.
    """
    found = _locked(template, actor)
    if found.revision != revision:
        raise DraftChanged(person=name_in(found.marketplace_id, found.updated_by))
    last = TemplateVersion.objects.filter(template=found).order_by("-number").first()
    if last is not None and says_the_same(found, last):
        if _active(found.kind, found.language, actor, now) == last.pk:
            raise NothingNew(version=str(last))
        version = last
    else:
        version = TemplateVersion.objects.create(
            marketplace_id=actor.marketplace_id,
            template=found,
            kind=found.kind,
            language=found.language,
            name=found.name,
            number=last.number + 1 if last else 1,
            source=found.source,
            page_size=found.page_size,
            note=note,
            created_at=now,
            created_by_id=actor.user_id,
        )
    _activate(version, kind=found.kind, language=found.language, reason=note, actor=actor, now=now)
    after: dict[str, object] = {"version": str(version), "document": version.kind, "language": version.language}
    audit.record(actor=actor, verb="template.published", now=now, obj=found, after=after, note=note)
    return version


@transaction.atomic
def activate(
    *, version: TemplateVersion | None, kind: str, language: str, reason: str, actor: Actor, now: datetime
) -> TemplateActivation:
    """Print with an earlier version, a design of the product, or (None) whatever the product brings, from now on.

    Raises AlreadyActive.
    """
    before = _active(kind, language, actor, now)
    if before == (version.pk if version else None):
        raise AlreadyActive
    activation = _activate(version, kind=kind, language=language, reason=reason, actor=actor, now=now)
    audit.record(
        actor=actor,
        verb="template.activated",
        now=now,
        kind="documenttemplate",
        object_id=version.template_id if version else None,
        before={"version_id": before},
        after={"version": str(version) if version else "", "document": kind, "language": language},
        note=reason,
    )
    return activation


def _locked(template: DocumentTemplate, actor: Actor) -> DocumentTemplate:
    rows = DocumentTemplate.objects.filter(pk=template.pk, marketplace_id=actor.marketplace_id)
    return lock_one(rows.select_related("updated_by"))


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise InvalidInput(_("Enter a name for the template."), field="name")
    return name


def _check_name(name: str, *, kind: str, language: str, actor: Actor) -> None:
    own = DocumentTemplate.objects.filter(marketplace_id=actor.marketplace_id, kind=kind, language=language)
    if own.filter(name=name).exists():
        raise NameTaken(field="name")


def _active(kind: str, language: str, actor: Actor, now: datetime) -> int | None:
    return active_versions(marketplace_id=actor.marketplace_id, kind=kind, at=now).get(language)


def _activate(
    version: TemplateVersion | None, *, kind: str, language: str, reason: str, actor: Actor, now: datetime
) -> TemplateActivation:
    return TemplateActivation.objects.create(
        marketplace_id=actor.marketplace_id,
        kind=kind,
        language=language,
        version=version,
        reason=reason,
        activated_at=now,
        activated_by_id=actor.user_id,
    )
