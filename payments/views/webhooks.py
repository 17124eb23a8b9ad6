"""Where payment providers tell that something changed: believed for its signature, stored once, then looked up."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from core.retry import retry
from payments.gateway.connecting import webhook_secrets
from payments.gateway.events import BadEvent, read_event
from payments.gateway.signatures import MAX_BODY, BadSignature, check
from payments.models import GatewayAccount
from payments.operations.provider_events import take_event


@method_decorator([csrf_exempt, login_not_required], name="dispatch")
class StripeWebhook(View):
    """200 once an event is stored, also if it was before; 400, and nothing is stored, for whatever is wrong.

    Nobody is told what: who knows the secret needs no help. Stripe's library is not loaded here.
    """

    http_method_names = ["post"]

    def post(self, request: HttpRequest, account: str) -> HttpResponse:
        """Take one event."""
        now = timezone.now()
        body = request.read(MAX_BODY + 1)
        try:
            check(body, request.headers.get("Stripe-Signature", ""), secrets=webhook_secrets(account), now=now)
            event = read_event(body)
        except (BadSignature, BadEvent):
            return HttpResponse(status=400)
        known = GatewayAccount.objects.filter(provider=GatewayAccount.Provider.STRIPE, external_id=account).first()
        if known is None or event.is_live != known.is_live:
            return HttpResponse(status=400)
        retry(lambda: take_event(known, event, body=body.decode(), now=now))
        return HttpResponse()
