"""Work after commit: what was given up and why, running it again, what waits, and which part does not work."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from core import outbox, signs_of_life, work_status
from core.ids import read_id
from core.labels import VERBS
from core.models import OutboxJob
from core.spelling import present
from web.access import MemberView, chosen_or_404, require
from web.forms import ReasonForm

SET_ASIDE = "settings.change"
MOST = 100
"""Jobs on the page and in one go."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A job that was given up, in words."""

    job: OutboxJob

    @property
    def name(self) -> str:
        """What it was to do."""
        return outbox.label_of(self.job.topic, self.job.handler)

    @property
    def about(self) -> str:
        """What it followed; empty for what no audit row says."""
        return str(VERBS.get(present(self.job.topic), ""))


class FailedWork(MemberView):
    """The dead jobs of the marketplace, the latest first; chosen ones get all their attempts again."""

    permission: str = "documents.retry"
    title = gettext_lazy("Failed jobs")

    def get(self, request: HttpRequest) -> HttpResponse:
        """The latest that were given up, and how many there are."""
        return self._show(request, ReasonForm())

    def _show(self, request: HttpRequest, form: ReasonForm, status: int = 200) -> HttpResponse:
        dead = OutboxJob.objects.dead().filter(marketplace_id=self.member.marketplace.pk)
        context = {
            "title": self.title,
            "jobs": [Failed(job) for job in dead.order_by("-dead_at", "-pk")[:MOST]],
            "count": dead.count(),
            "waiting": work_status.waiting(self.member.marketplace.pk),
            "signs": signs_of_life.signs(),
            "troubles": work_status.known_troubles(),
            "form": form,
            "chosen": {read_id(text) for text in request.POST.getlist("job")},
            "may_set_aside": self.member.may(SET_ASIDE),
        }
        return render(request, "office/failed_work.html", context, status=status)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Run the chosen ones again, or set them aside; a job that is no longer dead is left alone."""
        mine = OutboxJob.objects.filter(marketplace_id=self.member.marketplace.pk)
        jobs = chosen_or_404(mine, request.POST.getlist("job"), most=MOST)
        if request.POST.get("do") == "aside":
            return self._set_aside(request, [job.pk for job in jobs])
        count = outbox.redrive([job.pk for job in jobs], actor=self.member.actor, now=timezone.now())
        if count:
            text = ngettext("%(n)s job is running again.", "%(n)s jobs are running again.", count)
            messages.success(request, text % {"n": count})
        return redirect("core:failed_work")

    def _set_aside(self, request: HttpRequest, ids: list[int]) -> HttpResponse:
        """With a reason, by whoever changes settings: their effect never comes."""
        require(request, SET_ASIDE)
        form = ReasonForm(request.POST)
        if not form.is_valid():
            form.place_cursor()
            return self._show(request, form, status=422)
        reason = str(form.cleaned_data["reason"])
        count = outbox.set_aside(ids, reason=reason, actor=self.member.actor, now=timezone.now())
        if count:
            text = ngettext("%(n)s failed job is set aside.", "%(n)s failed jobs are set aside.", count)
            messages.success(request, text % {"n": count})
        return redirect("core:failed_work")
