"""What a checkout asks over HTTP, by a token of its own until the API has clients: JSON in, JSON out.

401 without a token that is known, 403 with one that was revoked or whose maker left, 400 for what is no JSON object,
404 for a stranger's company, 409 for a key that was used otherwise or is over, 422 for a value that can't be used, 503
where the answer can't be told: never a yes by guessing.
"""

import json
import logging
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from companies.models import Company, Membership
from core.actors import Actor
from core.checks import check_text
from core.errors import InvalidInput, Missing, Refusal
from core.retry import retry
from limits import operations
from limits.domain.refusals import CannotTell, KeyUsedOtherwise, ReservationOver, ReservationUsed
from limits.models import CheckoutToken
from limits.operations import Answer
from limits.operations.tokens import digest_of

log = logging.getLogger(__name__)
MOST_BYTES = 10_000
STATUSES: dict[type[Refusal], int] = {
    Missing: 404, KeyUsedOtherwise: 409, ReservationOver: 409, ReservationUsed: 409, CannotTell: 503,
}  # fmt: skip


def token_of(request: HttpRequest) -> CheckoutToken | None:
    """The token that the request bears; None without one, or for a text that never was one."""
    scheme, _blank, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        return None
    return CheckoutToken.objects.filter(digest=digest_of(text.strip())).first()


def may_ask(token: CheckoutToken) -> bool:
    """Whether it works still: it was not revoked, and its maker, where a person made it, is still there."""
    if token.revoked_at is not None:
        return False
    if token.created_by_id is None:
        return True
    operator = {"company__marketplace_id": token.marketplace_id, "company__kind": Company.Kind.OPERATOR}
    return Membership.objects.active().filter(user_id=token.created_by_id, **operator).exists()


@method_decorator([csrf_exempt, login_not_required], name="dispatch")
class Endpoint(View):
    """One call: the token, the values, the operation, and its answer or refusal with a stable code."""

    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The token before what is asked."""
        if request.method != "POST":
            return self.http_method_not_allowed(request)
        token = token_of(request)
        if token is None:
            answer = told(401, "unauthorized", _("Send a checkout token that works: Authorization: Bearer …"))
            answer["WWW-Authenticate"] = 'Bearer realm="checkout"'
            return answer
        if not may_ask(token):
            return told(403, "token_revoked", _("This token works no more. Ask a marketplace manager for a new one."))
        self.actor = Actor(marketplace_id=token.marketplace_id, label=token.name, user_id=token.created_by_id)
        return super().dispatch(request, *args, **kwargs)

    def answer(self, call: Callable[[], dict[str, Any]]) -> JsonResponse:
        """What the operation gives, or why not."""
        try:
            return JsonResponse(retry(call))
        except Refusal as refusal:
            status = next((code for kind, code in STATUSES.items() if isinstance(refusal, kind)), 422)
            return told(status, refusal.code, refusal.message, refusal.field)
        except DatabaseError:
            log.exception("a credit check could not be answered")
            return told(503, "cannot_tell", _("The check can't be answered at the moment. Try again."))


def told(status: int, code: str, message: str, field: str | None = None) -> JsonResponse:
    """A refusal for a program: a stable code, a sentence, and the field at fault."""
    return JsonResponse({"error": {"code": code, "message": message, "field": field}}, status=status)


def read_object(text: bytes) -> dict[str, Any] | None:
    """The JSON object in a body; None for anything else, too long, too deep, or with a name that is said twice."""
    if len(text) > MOST_BYTES:
        return None
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is said twice")
    return found


class Checks(Endpoint):
    """``POST {company, amount, currency, key?, subject?, reserve?}``: may the company buy for that?

    ``company`` is its external key or id, ``amount`` minor units, tax included.
    """

    def post(self, request: HttpRequest) -> JsonResponse:
        """The answer with every addend, and the reservation where one was wanted."""
        body = read_object(request.body)
        if body is None:
            return told(400, "no_json", _("Send one JSON object of at most 10,000 bytes."))
        return self.answer(lambda: self._check(body))

    def _check(self, body: dict[str, Any]) -> dict[str, Any]:
        keeps = _read(body, "reserve", bool, False)
        answer = operations.check_credit(
            company=self._company(body), amount=_read(body, "amount", int), currency=_read(body, "currency", str),
            key=_read(body, "key", str, ""), subject=_read(body, "subject", str, ""), keeps=keeps, actor=self.actor,
            now=timezone.now(),
        )  # fmt: skip
        return answer_as_json(answer)

    def _company(self, body: dict[str, Any]) -> Company:
        """By external key, else by id; Missing for a stranger's."""
        named = body.get("company")
        rows = Company.objects.filter(marketplace_id=self.actor.marketplace_id).select_related("marketplace")
        if isinstance(named, str) and named:
            check_text(named, longest=MOST_BYTES, field="company")
            found = rows.filter(external_key=named).first()
        elif isinstance(named, int) and not isinstance(named, bool) and 0 < named < 2**63:
            found = rows.filter(pk=named).first()
        else:
            raise InvalidInput(_("Name the company by its external key or its id."), field="company")
        if found is None:
            raise Missing(_("This company does not exist."), field="company")
        return found


def _read(body: dict[str, Any], name: str, kind: type[Any], default: Any = None) -> Any:
    """A value of a body. InvalidInput for one of another type, or none where one is needed."""
    value = body.get(name, default)
    if type(value) is not kind:
        words = {int: _("a whole number, in minor units"), str: _("a text"), bool: _("true or false")}
        raise InvalidInput(_("“%(name)s” must be %(kind)s.") % {"name": name, "kind": words[kind]}, field=name)
    return value


def answer_as_json(answer: Answer) -> dict[str, Any]:
    """The answer as a checkout reads it; amounts in minor units, each addend as it counts."""
    kept = answer.reservation
    return {
        "allowed": answer.is_allowed,
        "allowed_once": answer.is_allowed_once,
        "reason": answer.refusal.code if answer.refusal else None,
        "message": answer.refusal.message if answer.refusal else None,
        "payer": answer.payer_id,
        "amount": answer.amount,
        "currency": answer.currency,
        "limit": answer.limit,
        "room": answer.room,
        "exposure": answer.exposure.total,
        "addends": dict(answer.exposure.signed()),
        "reserved": kept is not None,
        "reservation": {"key": kept.key, "expires_at": kept.expires_at.isoformat(), "state": kept.state}
        if kept
        else None,
    }


class Release(Endpoint):
    """Give back what is kept under a key."""

    def post(self, _request: HttpRequest, key: str) -> JsonResponse:
        """Released; a second time too."""
        return self.answer(lambda: self._release(key))

    def _release(self, key: str) -> dict[str, Any]:
        row = operations.release(key=key, actor=self.actor, now=timezone.now())
        return {"key": row.key, "state": row.state, "amount": row.amount}
