"""What must hold of a memo or account beside the permission table, before a person may use a verb on it."""

from companies.members import Member, object_rule
from companies.models import Company
from creditmemos.models import CreditMemo


def register_all() -> None:
    """Called from AppConfig.ready."""
    object_rule("creditmemos.apply", may_apply)
    object_rule("creditmemos.void", may_void)


def may_apply(member: Member, obj: object) -> bool:
    """Staff apply any credit; others only what their own company owes and has, as far as the marketplace lets them.

    ``obj`` is a memo, an invoice or a balance account. Customers need the marketplace's setting (resellers were
    granted it by role), and leave memos on hold alone.
    """
    if member.is_staff_side:
        return True
    if getattr(obj, "payer_id", None) != member.company.pk:
        return False
    if isinstance(obj, CreditMemo) and obj.on_hold:
        return False
    return member.company.kind == Company.Kind.RESELLER or bool(member.marketplace.settings.customers_may_apply)


def may_void(member: Member, obj: object) -> bool:
    """Staff void any unapplied memo; a developer only one whose every line is of an own product."""
    if member.is_staff_side:
        return True
    if not isinstance(obj, CreditMemo) or not member.is_developer:
        return False
    vendors = set(obj.lines.values_list("vendor_id", flat=True))
    return vendors == {member.company.pk}
