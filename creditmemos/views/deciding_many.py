"""Answer the requests that were selected in the list: each by itself, under its own rules, with a line of its own."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from companies import operations
from companies.domain.refusals import MakerIsChecker, NotADecider
from companies.queries.two_person import verb_of
from core.errors import Refusal
from core.models import Approval
from creditmemos.queries.requests import requests_for, with_document
from creditmemos.views.approvals import decides
from creditmemos.views.deciding import RejectForm
from web.access import chosen_or_404, viewer
from web.forms import NoFields
from web.views import FormPage
from web.views.calling import answered, called, once

MOST = 50


class Outcome(NamedTuple):
    """What came of one request, in words; as it is remembered for a form that is sent twice."""

    pk: int
    title: str
    text: str
    is_done: bool


class ApprovedSingly(Refusal):
    code = "approved_singly"
    text = gettext_lazy("Open this request to approve it: what it changes has to be read.")


class DecideMany(FormPage):
    """The first POST comes from the list and shows the form; the second one, with the form's token, does it."""

    template_name = "creditmemos/verb.html"
    facts_template = "creditmemos/_requests.html"
    verb_keeps_key = True
    requests: list[Approval]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """For whoever decides about anything; one request that the member doesn't see refuses the selection."""
        member = viewer(request)
        if member is not None:
            self.permission = decides(member) or "approvals.decide"
            if request.method == "POST":
                self.requests = chosen_or_404(
                    with_document(requests_for(member)), request.POST.getlist("pk"), most=MOST
                )
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:  # noqa: ARG002
        """Nothing is selected in an address."""
        return redirect("creditmemos:approvals")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002
        """Show what was selected, or answer it and say what came of each."""
        if not self.requests:
            messages.warning(request, _("Select requests first."))
            return redirect("creditmemos:approvals")
        form = self.make_form(request.POST if "token" in request.POST else None)
        if not form.is_bound:
            return self.show(form)
        if not form.is_valid():
            return self.show(form, status=422)
        return self._report(self._outcomes(form))

    def answer(self, approval: Approval, form: Any) -> str:
        """Decide one, in a transaction of its own; what is said then."""
        raise NotImplementedError

    def _outcomes(self, form: Any) -> list[Outcome]:
        """One for each request; the same ones when the form is sent again."""
        operation = f"form:{self.request.path}"[:60]
        actor, data, key = self.member.actor, self.request.POST, self.key
        before = answered(actor=actor, operation=operation, key=key, data=data)
        if before is not None:
            return [Outcome(*each) for each in before["outcomes"]]  # type: ignore[attr-defined]
        found = [self._outcome(approval, partial(self.answer, approval, form)) for approval in self.requests]
        stored = once(lambda: {"outcomes": found}, actor=actor, operation=operation, key=key, data=data, now=self.now)
        return [Outcome(*each) for each in stored["outcomes"]]  # type: ignore[attr-defined]

    def _outcome(self, approval: Approval, answer: Callable[[], str]) -> Outcome:
        title = verb_of(approval).title(approval)
        try:
            if approval.requested_by_id == self.member.user.pk:
                raise MakerIsChecker
            if not self.member.may(verb_of(approval).permission):
                raise NotADecider
            text = called(lambda: {"text": answer()})["text"]
        except Refusal as refusal:
            return Outcome(approval.pk, title, refusal.message, is_done=False)
        return Outcome(approval.pk, title, str(text), is_done=True)

    def _report(self, outcomes: list[Outcome]) -> HttpResponse:
        done = sum(outcome.is_done for outcome in outcomes)
        context = {
            "title": self.heading(), "outcomes": outcomes, "done": done, "left": len(outcomes) - done,
            "back_url": self.back_url(),
        }  # fmt: skip
        return render(self.request, "creditmemos/answers.html", context)

    def heading(self) -> str:
        """Verb and count."""
        text = ngettext("%(verb)s %(n)s request", "%(verb)s %(n)s requests", len(self.requests))
        return text % {"verb": self.title, "n": len(self.requests)}

    def consequence(self) -> str:
        """That each stands by itself."""
        return _("Each request is decided separately, under its own rules. The result of each is then shown.")

    def context(self) -> dict[str, Any]:
        """The selection."""
        return {"rows": [(approval, verb_of(approval).title(approval)) for approval in self.requests]}

    def back_url(self) -> str:
        """The list."""
        return reverse("creditmemos:approvals")


class ApproveMany(DecideMany):
    """Do what was asked for."""

    title = gettext_lazy("Approve")
    button = gettext_lazy("Approve requests")
    form_class = NoFields

    def answer(self, approval: Approval, form: Any) -> str:  # noqa: ARG002 - a confirmation has no fields
        """Approve one."""
        if verb_of(approval).is_approved_singly:
            raise ApprovedSingly
        result = operations.approve(approval=approval, actor=self.member.actor, now=self.now)
        return verb_of(approval).done(approval, result)


class RejectMany(DecideMany):
    """Turn them down, with one reason."""

    title = gettext_lazy("Reject")
    button = gettext_lazy("Reject requests")
    tone = "danger"
    form_class = RejectForm

    def answer(self, approval: Approval, form: Any) -> str:
        """Reject one."""
        reason = form.cleaned_data["reason"]
        operations.reject(approval=approval, reason=reason, actor=self.member.actor, now=self.now)
        return _("Rejected.")
