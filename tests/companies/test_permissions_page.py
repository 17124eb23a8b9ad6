"""The permission table: as people read it, and the cells that a manager answers."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from companies import operations
from companies.domain.roles import LABELS, PERMISSIONS, Role
from companies.models import Grant
from core.models import Approval, AuditEntry
from tests.factories.world import Market, make_market
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
PAGE = "/permissions/"
CHANGE = "/permissions/change/"
CELL = {"role": "support", "permission": "creditmemos.create", "granted": "yes"}


def test_every_permission_and_role_is_shown(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12):
        page = manager.get(PAGE).content.decode()
    for label in [*LABELS.values(), *(role.label for role in Role)]:
        assert str(label) in page
    grantable = sum(cell.is_grantable for cells in PERMISSIONS.values() for cell in cells.values())
    assert page.count(f'href="{CHANGE}?') == grantable


def test_finance_sees_no_switches(market: Market) -> None:
    page = client_of(market.people["finance"]).get(PAGE).content.decode()
    assert CHANGE not in page


def test_granting_counts_with_the_next_page(market: Market, manager: Client) -> None:
    support = client_of(market.people["support"])
    assert support.get("/credit-memos/new/").status_code == 403
    form = manager.get(CHANGE, CELL).content.decode()
    assert "the role “Support” may: Create credit memos." in form
    answer = manager.post(CHANGE, CELL, follow=True)
    assert "Sent for approval" in answer.content.decode()
    assert support.get("/credit-memos/new/").status_code == 403
    assert "Allow Support: Create credit memos" in manager.get(PAGE).content.decode()
    asked = Approval.objects.get(verb="grant")
    client_of(market.people["finance"]).post(reverse("creditmemos:approval_approve", args=[asked.pk]))
    assert support.get("/credit-memos/new/").status_code == 200
    manager.post(CHANGE, CELL | {"granted": "no"})
    assert support.get("/credit-memos/new/").status_code == 403
    verbs = AuditEntry.objects.filter(kind="grant").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["permission.granted", "permission.revoked"]


def test_grants_stay_in_their_marketplace(market: Market, manager: Client) -> None:
    south = make_market("south")
    manager.post(CHANGE, CELL)
    operations.approve(approval=Approval.objects.get(), actor=market.actor("finance"), now=timezone.now())
    assert Grant.objects.get().marketplace == market.marketplace
    assert not Grant.objects.filter(marketplace=south.marketplace).exists()


@pytest.mark.parametrize(
    "cell",
    [
        CELL | {"permission": "settings.change"},
        CELL | {"role": "user"},
        CELL | {"role": "emperor"},
        CELL | {"permission": "everything"},
        CELL | {"granted": "maybe"},
        {},
    ],
)
def test_other_cells_cannot_be_changed(market: Market, manager: Client, cell: dict[str, str]) -> None:
    assert manager.get(CHANGE, cell).status_code == 200
    assert manager.post(CHANGE, cell).status_code == 422
    assert not Grant.objects.exists()


@pytest.mark.parametrize("role", ["finance", "support", "company_admin"])
def test_only_managers_change_it(market: Market, role: str) -> None:
    client = client_of(market.people[role])
    with writes() as written:
        assert client.post(CHANGE, CELL).status_code == 403
        assert client.get(CHANGE, CELL).status_code == 403
    assert written == []
