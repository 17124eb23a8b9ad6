"""The permission table says what the product's description says, row by row and column by column."""

import pytest

from companies.domain.roles import LABELS, PERMISSIONS, ROLES_OF_KIND, Cell, Role, allowed

STAFF = {"manager", "finance", "support"}
MONEY = {"manager", "finance"}
ADMINS = {"company_admin", "billing_admin"}
EVERYBODY = {*STAFF, *ADMINS, "developer", "reseller", "user"}

# Permission: who has it, whom the marketplace may grant it, from whom it may be revoked.
TABLE: dict[str, tuple[set[str], set[str], set[str]]] = {
    "creditmemos.view": (EVERYBODY, set(), set()),
    "creditmemos.view_reason": ({*STAFF, "reseller"}, set(), set()),
    "creditmemos.create": (MONEY, {"support"}, set()),
    "creditmemos.approve": (MONEY, {"support"}, set()),
    "creditmemos.withdraw": (MONEY, {"support"}, set()),
    "creditmemos.hold": (MONEY, {"support"}, set()),
    "creditmemos.apply": ({*MONEY, *ADMINS}, {"support", "reseller"}, set()),
    "creditmemos.reverse": (MONEY, set(), set()),
    "creditmemos.undo_and_void": (MONEY, set(), set()),
    "creditmemos.void": ({*STAFF, "developer"}, set(), {"developer"}),
    "creditmemos.divide": (MONEY, set(), set()),
    "creditmemos.close": (MONEY, set(), set()),
    "creditmemos.reopen": (MONEY, set(), set()),
    "invoices.view": (EVERYBODY, set(), set()),
    "invoices.void": (MONEY, set(), set()),
    "payments.view": ({*STAFF, "reseller", *ADMINS}, set(), set()),
    "payments.record": (MONEY, set(), set()),
    "payments.charge": (MONEY, set(), set()),
    "payments.allocate": (MONEY, set(), set()),
    "payments.take_off": (MONEY, set(), set()),
    "payments.return": (MONEY, set(), set()),
    "payments.keep": (MONEY, set(), set()),
    "payments.refund": (MONEY, set(), set()),
    "creditmemos.settle_difference": (MONEY, set(), set()),
    "creditmemos.write_off": (MONEY, set(), set()),
    "limits.view": ({*STAFF, "reseller", *ADMINS}, set(), set()),
    "limits.change": (MONEY, set(), set()),
    "limits.allow": (MONEY, set(), set()),
    "subscriptions.view": (EVERYBODY, set(), set()),
    "subscriptions.change": (MONEY, set(), set()),
    "billing.view": (STAFF, set(), set()),
    "billing.record": (MONEY, set(), set()),
    "billing.run": (MONEY, set(), set()),
    "billing.retry": (STAFF, set(), set()),
    "documents.download": (EVERYBODY - {"developer"}, set(), set()),
    "documents.retry": (STAFF, set(), set()),
    "documents.regenerate": (MONEY, set(), set()),
    "documents.note": (STAFF, set(), set()),
    "companies.view": ({*STAFF, *ADMINS, "reseller"}, set(), set()),
    "companies.change": (MONEY, set(), set()),
    "companies.change_bank_details": (MONEY, set(), set()),
    "approvals.decide": (MONEY, set(), set()),
    "companies.close_period": ({"finance"}, set(), set()),
    "settings.view": (MONEY, set(), set()),
    "settings.change": ({"manager"}, set(), set()),
    "people.view": (MONEY, set(), set()),
    "people.change": ({"manager"}, set(), set()),
    "audit.view": (STAFF, set(), set()),
    "reports.export": (EVERYBODY - {"user"}, set(), set()),
}


def test_every_permission_is_described_and_named() -> None:
    assert set(PERMISSIONS) == set(TABLE) == set(LABELS)
    assert {str(role) for role in Role} == EVERYBODY


@pytest.mark.parametrize("permission", TABLE)
def test_who_has_it_while_the_marketplace_says_nothing(permission: str) -> None:
    assert {str(role) for role in Role if allowed(role, permission, {})} == TABLE[permission][0]


@pytest.mark.parametrize("permission", TABLE)
def test_the_marketplace_decides_only_what_is_its_to_decide(permission: str) -> None:
    holders, grantable, revocable = TABLE[permission]
    everything = {(str(role), permission): True for role in Role}
    nothing = {(str(role), permission): False for role in Role}
    assert {str(role) for role in Role if allowed(role, permission, everything)} == holders | grantable
    assert {str(role) for role in Role if allowed(role, permission, nothing)} == holders - revocable
    cells = PERMISSIONS[permission]
    assert {str(role) for role in Role if cells[role].is_grantable} == grantable | revocable


def test_a_permission_that_is_not_in_the_table_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        allowed("manager", "creditmemos.forge", {})
    with pytest.raises(ValueError, match="emperor"):
        allowed("emperor", "creditmemos.view", {})


def test_every_role_belongs_to_one_kind_of_company() -> None:
    found = [str(role) for roles in ROLES_OF_KIND.values() for role in roles]
    assert sorted(found) == sorted(EVERYBODY)


@pytest.mark.parametrize(
    ("cell", "default", "grantable"),
    [(Cell.YES, True, False), (Cell.NO, False, False), (Cell.ASK, False, True), (Cell.KEEP, True, True)],
)
def test_what_a_cell_means(cell: Cell, default: bool, grantable: bool) -> None:
    assert (cell.default, cell.is_grantable) == (default, grantable)
