"""A database of an earlier release is whole after today's migrations, and everybody has the access that they had."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client, override_settings
from django.urls import reverse

from billing.models import BillingException
from companies.backends import usable_memberships
from companies.members import Member
from companies.models import Membership, User
from core.installed_guards import differences
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from tests.support.books import assert_books_balance
from tests.support.databases import Copy
from tests.upgrade import release

pytestmark = pytest.mark.slow

PASSWORD = "correct horse"
SIGN_IN = ("manager.north", "finance.south", "company.admin.north", "support.north")


def test_the_old_database_is_old(old: Copy, migrated: Copy) -> None:
    """Else nothing here would be tried."""
    assert old.name != migrated.name


def test_everything_is_migrated_and_the_books_balance(upgraded: Copy) -> None:
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    assert differences() == []
    assert_books_balance()
    call_command("verify_books", stdout=StringIO())
    call_command("verify_documents", stdout=StringIO())


def test_migrating_again_changes_nothing(upgraded: Copy) -> None:
    call_command("migrate", verbosity=0)
    assert differences() == []
    assert_books_balance()


def test_what_a_run_made_and_was_voided_is_an_exception(upgraded: Copy) -> None:
    """The old release never billed it again and said so nowhere."""
    void = Invoice.objects.filter(voided_at__isnull=False, run_document__isnull=False)
    left = BillingException.objects.filter(reason="not_billed_again", seen_at=None)
    told = left.values_list("invoice__number", "run", "account", "amount", "created_at")
    assert sorted(told) == sorted(void.values_list("number", "run_document__run", "account", "net", "voided_at"))
    assert sorted(left.values_list("amount", flat=True)) == [4500, 39375, 45000]


def test_nobody_loses_access(upgraded: Copy) -> None:
    told = release.facts(connection.vendor)["access"]
    assert len(told) > 40
    assert lost(told) == []


def lost(told: list[dict[str, Any]]) -> list[str]:
    """Who may do or see less than before. Somebody who never signed in may first have to prove the address."""
    found = []
    for each in told:
        row = Membership.objects.filter(user__email=each["email"], company__uuid=each["company"]).first()
        if row is None:
            found.append(f"{each['email']} is no member of {each['company']} any more")
            continue
        member = Member(row)
        if each["signs_in"] and row not in usable_memberships(row.user):
            found.append(f"{each['email']} can't act in {each['marketplace']} any more")
        found += [f"{each['email']} is no {role} any more" for role in each["roles"] if role not in row.roles]
        found += [f"{each['email']} may not {word} any more" for word in each["permissions"] if not member.may(word)]
        seen = (CreditMemo.objects.visible_to(member).count(), Invoice.objects.visible_to(member).count())
        if seen != (each["memos"], each["invoices"]):
            found.append(f"{each['email']} sees {seen}, not {each['memos']} and {each['invoices']}")
    return found


def test_former_members_stay_out(upgraded: Copy) -> None:
    former = Membership.objects.get(user__email="former.colleague@example.com")
    assert former not in usable_memberships(former.user)
    assert not User.objects.get(email="switched.off@example.com").is_active


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher"])
@pytest.mark.parametrize("person", SIGN_IN)
def test_passwords_go_on_working(upgraded: Copy, person: str) -> None:
    browser = Client()
    sent = browser.post(reverse("companies:sign_in"), {"username": f"{person}@example.com", "password": PASSWORD})
    assert sent.status_code == 302, sent.content
    assert browser.get("/", follow=True).status_code == 200


def test_a_password_that_nobody_ever_used_waits_for_a_mail(upgraded: Copy) -> None:
    person = User.objects.get(email="client.admin.south@example.com")
    assert person.has_usable_password()
    assert usable_memberships(person) == []
    assert person.memberships.get().roles == ["company_admin"]


def test_both_marketplaces_of_a_person_stay_theirs(upgraded: Copy) -> None:
    person = User.objects.get(email="manager.north@example.com")
    there = {(row.company.marketplace.code, *row.roles) for row in usable_memberships(person)}
    assert there == {("north", "manager"), ("south", "company_admin"), ("south", "finance")}


def test_open_links_to_first_passwords_answer(upgraded: Copy) -> None:
    links = release.facts(connection.vendor)["links"]
    assert len(links) == 2
    for path in links.values():
        assert Client().get(path, follow=True).status_code < 500
