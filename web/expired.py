"""What was typed on a page that is too old to be sent: kept in the page itself, so that it can be sent again.

A form is refused when its session ended or its token is no longer the browser's. The answer then holds the sent fields
as hidden ones and a button that sends them to the same address; nothing is sent by itself, and nothing is stored. The
view at that address asks every question anew. Passwords and files are left out. A form of another site is told nothing.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.cache import add_never_cache_headers

from companies.members import Member
from web.forms import PageForm

HEADER = "Offset-Expired"
"""Tells `static/js/expired.js` that a part of a page was refused because the page is too old."""
MOST_LETTERS = 500_000
"""Of all names and values together; more is not kept."""
SALT = "web.expired"
MAX_AGE = 12 * 3600
"""Seconds that a person may take to sign in again."""
NOT_KEPT = ("csrfmiddlewaretoken",)
SHOWN = (forms.TextInput, forms.NumberInput, forms.EmailInput, forms.URLInput, forms.DateInput, forms.Textarea)


@dataclass(frozen=True, slots=True)
class Typed:
    """One sent form: its own address with the query, and its fields in order; whether more than these was sent."""

    path: str
    fields: list[tuple[str, str]]
    lost_files: bool = False
    lost_passwords: bool = False

    @property
    def title(self) -> str:
        """What the page that takes it is called; empty where it has no title."""
        title = getattr(_view(self.path), "title", "")
        return "" if isinstance(title, property) or callable(title) else str(title)

    @property
    def shown(self) -> list[tuple[str, str]]:
        """Label and text of what was typed into boxes, as far as the page's form names them."""
        named = _fields(self.path)
        return [
            (str(named[name].label or name), value)
            for name, value in self.fields
            if value and name in named and type(named[name].widget) in SHOWN
        ]


def typed_of(request: HttpRequest) -> Typed | None:
    """What this request sent; None where another site may have sent it, or where it is too long to be kept."""
    if not is_from_here(request):
        return None
    secret = {name for name in request.POST if _is_secret(name, request.path)}
    left_out = secret.union(NOT_KEPT)
    fields = [(name, str(text)) for name, texts in request.POST.lists() if name not in left_out for text in texts]
    if sum(len(name) + len(text) for name, text in fields) > MOST_LETTERS:
        return None
    return Typed(request.get_full_path(), fields, lost_files=bool(request.FILES), lost_passwords=bool(secret))


def is_from_here(request: HttpRequest) -> bool:
    """Whether the browser says that a page of this very address sent the request; silence is no yes."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin in (f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS)
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


def packed(typed: Typed) -> str:
    """It as a text that survives signing in: signed, so that it says only what this product refused."""
    value = [typed.path, typed.fields, typed.lost_files, typed.lost_passwords]
    return signing.dumps(value, salt=SALT, compress=True)


def unpacked(text: str) -> Typed | None:
    """What ``packed`` wrote; None for everything else, and after twelve hours."""
    try:
        path, fields, lost_files, lost_passwords = signing.loads(text, salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return None
    return Typed(path, [(name, value) for name, value in fields], lost_files, lost_passwords)


def send_again(request: HttpRequest, typed: Typed, *, member: Member | None, status: int = 200) -> HttpResponse:
    """The page with what was typed and a button, for whoever is signed in."""
    context = {"typed": typed, "acting": member}
    response = render(request, "web/send_again.html", context, status=status)
    add_never_cache_headers(response)
    return response


def part_expired(request: HttpRequest) -> HttpResponse:
    """For a part of a page: a notice, which the browser shows beside what was typed."""
    response = render(request, "web/_expired.html", status=403)
    response.headers[HEADER] = "yes"
    return response


def opens(path: str) -> str:
    """The address of the page that a form was on, where it can be opened; else the start."""
    view = _view(urlsplit(path).path)
    return path if view is not None and hasattr(view, "get") and "get" in view.http_method_names else "/"


def _view(path: str) -> Any:
    try:
        return getattr(resolve(urlsplit(path).path).func, "view_class", None)
    except Resolver404:
        return None


def _fields(path: str) -> dict[str, forms.Field]:
    form = getattr(_view(path), "form_class", None)
    return dict(form.base_fields) if isinstance(form, type) and issubclass(form, PageForm) else {}


def _is_secret(name: str, path: str) -> bool:
    field = _fields(path).get(name)
    return "password" in name or (field is not None and isinstance(field.widget, forms.PasswordInput))
