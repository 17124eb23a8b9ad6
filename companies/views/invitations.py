"""One's own invitations: by whom one is asked to act for which company, and the answer."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache

from companies import operations
from companies.domain.refusals import NotInvited
from companies.models import Membership
from companies.views.people import roles_text
from web.access import one_or_404


def invitations_of(user: Any) -> QuerySet[Membership]:
    """What waits for this person's answer, oldest first."""
    return Membership.objects.waiting_for(user.pk).select_related("company__marketplace").order_by("pk")


@method_decorator(never_cache, name="dispatch")
class Invitations(View):
    """The list, for whoever is signed in, members of nothing too."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Each with roles and two buttons."""
        rows = [(row, roles_text(row)) for row in invitations_of(request.user)]
        return render(request, "registration/invitations.html", {"title": _("Invitations"), "rows": rows})


class AnswerInvitation(View):
    """Accept or decline one; somebody else's, or an answered one, is Not found."""

    http_method_names = ["post"]
    verb = "accept"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer, and go where one can act, or back to the list."""
        found = one_or_404(invitations_of(request.user), pk)
        answer = operations.accept if self.verb == "accept" else operations.decline
        try:
            answer(membership=found, user=found.user, now=timezone.now())
        except NotInvited as refusal:
            messages.error(request, str(refusal))
            return redirect("companies:invitations")
        said = _("You can now act for %(company)s.") if self.verb == "accept" else _("You declined %(company)s.")
        messages.success(request, said % {"company": found.company})
        return redirect("companies:switch" if self.verb == "accept" else "companies:invitations")
