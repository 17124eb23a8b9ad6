"""``bin/offset connect_gateway MARKETPLACE MERCHANT ACCOUNT``: charges of a merchant go by this account from now on."""

import getpass
import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone

from companies.models import MerchantOfRecord
from core.actors import MACHINE, Actor
from core.errors import Refusal
from payments.gateway.connecting import is_live, webhook_secrets
from payments.operations.gateway_accounts import connect_gateway


class Command(BaseCommand):
    """Connects a merchant of record; the audit log names the operator of the machine."""

    help = "Connect a merchant of record to an account at a payment provider, whose key OFFSET_STRIPE_KEYS has."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who sells, and by which account."""
        parser.add_argument("marketplace", help="the marketplace's code")
        parser.add_argument("merchant", help="the merchant's code")
        parser.add_argument("account", help="the account's name in OFFSET_STRIPE_KEYS")

    def handle(self, *_args: object, **options: Any) -> None:
        """Connect it, and say where the provider sends its events."""
        name, code, marketplace = options["account"], options["merchant"], options["marketplace"]
        mode = is_live(name)
        if mode is None:
            raise CommandError(f"OFFSET_STRIPE_KEYS has no key for the account {name}.")
        merchant = MerchantOfRecord.objects.filter(marketplace__code=marketplace, code=code).first()
        if merchant is None:
            raise CommandError(f"There is no merchant {code!r} in a marketplace {marketplace!r}.")
        label = f"{MACHINE} ({getpass.getuser()}@{socket.gethostname()})"[:200]
        actor = Actor(marketplace_id=merchant.marketplace_id, label=label)
        try:
            connect_gateway(merchant=merchant, external_id=name, is_live=mode, actor=actor, now=timezone.now())
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(f"{merchant} is connected to {name}: {'real money' if mode else 'test mode'}.")
        address = settings.PUBLIC_URL + reverse("payments:stripe_webhook", args=[name])
        self.stdout.write(f"Its webhooks go to {address}")
        if not webhook_secrets(name):
            self.stdout.write("Put what they are signed with into OFFSET_STRIPE_WEBHOOK_SECRETS.")
