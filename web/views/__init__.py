"""The views that pages are written with: a list (`web.lists`), a detail, a form, a verb on one thing."""

from web.views.detail import Action, DetailPage, part_or_anew
from web.views.form import FormPage, SettingsPage
from web.views.verb import VerbView

__all__ = ["Action", "DetailPage", "FormPage", "SettingsPage", "VerbView", "part_or_anew"]
