"""The views that pages are written with: a list (`core.lists`), a detail, a form, a verb on one thing."""

from core.views.detail import Action, DetailPage
from core.views.form import FormPage, SettingsPage
from core.views.verb import VerbView

__all__ = ["Action", "DetailPage", "FormPage", "SettingsPage", "VerbView"]
