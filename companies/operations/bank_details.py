"""Change where a merchant's customers pay to: one person asks, a second one agrees, whatever the change is (ADR 61)."""

from datetime import datetime

from django.db import transaction

from companies.domain.bank_details import BankDetails, as_dict, checked, differing
from companies.domain.refusals import AlreadyAsked, BankDetailsUnchanged, ChangedSince
from companies.models import MerchantBankDetails, MerchantOfRecord
from companies.operations.approvals import request
from companies.operations.own_company import asks_for_own_company
from companies.queries.bank_details import current_details
from core import audit, outbox
from core.actors import Actor
from core.errors import Refusal, refusal_of
from core.locking import lock_one
from core.models import Approval

PERMISSION = "companies.change_bank_details"
KIND, CHANGE = "merchantofrecord", "change_bank_details"
"""What a second person is asked."""
CHANGED = "merchant.bank_details_changed"
"""The event and the audit row: invoices from now on print other details."""


def check_change_bank_details(merchant: MerchantOfRecord, *, actor: Actor) -> None:
    """Ask every guard but those of the details: not of one's own company (I18), and nothing is asked for already."""
    asks_for_own_company([actor.user_id], [merchant.company_id])
    if Approval.objects.filter(
        kind=KIND, object_id=merchant.pk, verb=CHANGE, decision=Approval.Decision.WAITING
    ).exists():
        raise AlreadyAsked


@transaction.atomic
def change_bank_details(*, merchant: MerchantOfRecord, details: BankDetails, actor: Actor, now: datetime) -> Approval:
    """Ask a second person to let a merchant's invoices print these details; nothing changes before they agree.

    Each refusal of a detail names its field. Refused too: what holds already, and a request beside one that waits.
    """
    merchant = _lock(merchant.pk, actor)
    check_change_bank_details(merchant, actor=actor)
    details, before = checked(details), current_details([merchant.pk]).get(merchant.pk)
    if not differing(before.details if before else None, details):
        raise BankDetailsUnchanged(company=merchant.company.name)
    return request(
        kind=KIND, verb=CHANGE, object_id=merchant.pk, company_id=merchant.company_id,
        arguments={"values": as_dict(details)}, audited={},
        snapshot={"version": before.version if before else 0, "values": as_dict(before.details) if before else {}},
        actor=actor, now=now,
    )  # fmt: skip


def check_agreed(approval: Approval, *, actor: Actor) -> None:
    """Ask the guards of what was asked for: neither person is of the company, and the details are those of then."""
    asks_for_own_company([approval.requested_by_id, actor.user_id], [approval.company_id or 0])
    row = current_details([approval.object_id]).get(approval.object_id)
    if (row.version if row else 0) != approval.snapshot["version"]:
        raise ChangedSince


def foresee(approval: Approval, actor: Actor, _now: datetime) -> Refusal | None:
    """What approving would be refused for, as things stand."""
    return refusal_of(check_agreed, approval, actor=actor)


def bank_details_approved(approval: Approval, actor: Actor, now: datetime) -> MerchantBankDetails:
    """Add the version that a second person agreed to: invoices that are issued from now on print it."""
    merchant = _lock(approval.object_id, actor)
    check_agreed(approval, actor=actor)
    before = current_details([merchant.pk]).get(merchant.pk)
    details = checked(BankDetails(**approval.arguments["values"]))
    row = MerchantBankDetails.objects.create(
        marketplace_id=merchant.marketplace_id, merchant=merchant, version=approval.snapshot["version"] + 1,
        **as_dict(details), approval=approval, since=now,
    )  # fmt: skip
    audit.record(
        actor=actor, verb=CHANGED, kind=KIND, object_id=merchant.pk, company_id=merchant.company_id,
        before=_told(before) if before else {}, after=_told(row), now=now,
    )  # fmt: skip
    outbox.publish(
        topic=CHANGED, key=f"{CHANGED}:{row.pk}", marketplace_id=merchant.marketplace_id,
        payload={"bank_details_id": row.pk}, now=now,
    )  # fmt: skip
    return row


def _lock(merchant_id: int, actor: Actor) -> MerchantOfRecord:
    rows = MerchantOfRecord.objects.filter(pk=merchant_id, marketplace_id=actor.marketplace_id)
    return lock_one(rows.select_related("company"))


def _told(row: MerchantBankDetails) -> dict[str, object]:
    """What the audit log says, which more people read than the settings: of the account its last four characters.

    The version tells two accounts apart that end alike; the rows themselves hold each in full.
    """
    details = row.details
    return {
        "version": row.version,
        "holder": details.holder,
        "account_ending": details.last_four,
        "routing_code": details.routing_code,
        "bic": details.bic,
        "bank_name": details.bank_name,
        "instructions": details.instructions,
    }
