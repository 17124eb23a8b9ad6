"""Connect a merchant of record to an account at a payment provider, whose keys are in the environment."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from companies.models import MerchantOfRecord
from core import audit
from core.actors import Actor
from core.errors import Refusal
from payments.models import GatewayAccount

CONNECTED = "merchant.gateway_connected"


class AccountTaken(Refusal):
    code = "gateway_account_taken"
    text = _("The account %(account)s is connected to another merchant, or in another mode.")


@transaction.atomic
def connect_gateway(
    *, merchant: MerchantOfRecord, external_id: str, is_live: bool, actor: Actor, now: datetime
) -> GatewayAccount:
    """Let a merchant's charges go by this account from now on; one that it had before still refunds what it charged.

    ``external_id`` is the account's name in the environment, ``is_live`` whether its key moves real money.
    """
    mode = GatewayAccount.Mode.LIVE if is_live else GatewayAccount.Mode.TEST
    own = GatewayAccount.objects.filter(merchant=merchant)
    own.filter(is_active=True).exclude(external_id=external_id).update(is_active=False)
    account, _made = GatewayAccount.objects.get_or_create(
        provider=GatewayAccount.Provider.STRIPE, external_id=external_id,
        defaults={"merchant": merchant, "marketplace_id": merchant.marketplace_id, "mode": mode},
    )  # fmt: skip
    if (account.merchant_id, account.mode) != (merchant.pk, mode):
        raise AccountTaken(account=external_id)
    if not account.is_active:
        account.is_active = True
        account.save(update_fields=["is_active"])
    audit.record(
        actor=actor, verb=CONNECTED, kind="merchantofrecord", object_id=merchant.pk, company_id=merchant.company_id,
        after={"gateway_account": external_id, "gateway_mode": mode}, now=now,
    )  # fmt: skip
    return account
