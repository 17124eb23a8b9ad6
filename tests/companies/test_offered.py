"""A member's page offers what the guards let pass; the page of a verb that they stop says why, as the verb does."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from companies import operations
from companies.domain.refusals import (
    LastManager,
    MailedJustNow,
    NotActive,
    NotInvited,
    NotYourself,
    OwnCompany,
    OwnRoles,
)
from companies.domain.roles import PERMISSIONS
from companies.models import Membership
from companies.operations import invitations, people
from core.errors import Refusal, refusal_of
from tests.factories.companies import MembershipFactory
from tests.factories.world import Market
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
URLS = {
    "mail again": "companies:person_mail_again", "roles": "companies:person_roles",
    "end": "companies:person_deactivate",
}  # fmt: skip


@pytest.fixture
def members(market: Market) -> dict[str, Membership]:
    """The manager's own membership, somebody else's, one that ended, one that waits, and one that was just mailed."""
    acme: dict[str, Any] = {"company": market.acme, "roles": ["user"]}
    return {
        "own": Membership.objects.get(user=market.user("manager"), company=market.operator),
        "other": MembershipFactory.create(**acme),
        "ended": MembershipFactory.create(**acme, is_active=False),
        "declined": MembershipFactory.create(**acme, is_active=False, accepted_at=None),
        "invited": MembershipFactory.create(**acme, accepted_at=None, invited_at=None),
        "mailed": MembershipFactory.create(**acme, accepted_at=None, invited_at=timezone.now()),
    }


def checks(row: Membership, market: Market) -> dict[str, Callable[[], object]]:
    """What each verb asks beforehand."""
    actor = market.actor()
    return {
        "mail again": partial(invitations.check_mail_again, row, now=timezone.now()),
        "roles": partial(people.check_set_roles, row, people=[actor.user_id]),
        "end": partial(people.check_deactivate, row, actor=actor),
    }


def verbs(row: Membership, market: Market) -> dict[str, Callable[[], object]]:
    """The verbs themselves."""
    told: dict[str, Any] = {"membership": row, "actor": market.actor(), "now": timezone.now()}
    return {
        "mail again": partial(operations.mail_again, **told),
        "roles": partial(operations.set_roles, roles=row.roles, **told),
        "end": partial(operations.deactivate, **told),
    }


def test_a_button_stands_where_the_guards_pass(market: Market, members: dict[str, Membership]) -> None:
    client, found = client_of(market.people["manager"]), {}
    for name, row in members.items():
        page = client.get(reverse("companies:person", args=[row.pk])).content.decode()
        found[name] = {verb for verb, url in URLS.items() if reverse(url, args=[row.pk]) in page}
        passed = {verb for verb, check in checks(row, market).items() if refusal_of(check) is None}
        just_mailed = {"mail again"} if name == "mailed" else set()
        assert found[name] - just_mailed == passed, name
        assert (f"?member={row.pk}" in page) == people.may_invite_again(row) == (not row.is_active), name
    both = {"roles", "end"}
    assert found == {
        "own": set(), "other": both, "ended": set(), "declined": set(), "invited": {*both, "mail again"},
        "mailed": {*both, "mail again"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "verb", "kind"),
    [
        ("own", "roles", OwnRoles), ("own", "end", NotYourself), ("other", "mail again", NotInvited),
        ("ended", "roles", NotActive), ("ended", "end", NotActive), ("declined", "mail again", NotInvited),
        ("mailed", "mail again", MailedJustNow),
    ],
)  # fmt: skip
def test_what_is_not_offered_is_refused_in_the_same_words(
    market: Market, members: dict[str, Membership], name: str, verb: str, kind: type[Refusal]
) -> None:
    row = members[name]
    refusal = refusal_of(verbs(row, market)[verb])
    assert isinstance(refusal, kind)
    client = client_of(market.people["manager"])
    with writes() as written:
        page = client.get(reverse(URLS[verb], args=[row.pk])).content.decode().replace("&#x27;", "'")
    assert refusal.message in page
    assert 'name="token"' not in page, "no form where the verb would refuse"
    assert not written


def test_the_last_manager_stays(market: Market) -> None:
    Membership.objects.filter(user=market.user("second_manager")).update(is_active=False)
    last, finance = Membership.objects.get(user=market.user("manager")), market.people["finance"].actor
    refusal = refusal_of(people.check_deactivate, last, actor=finance)
    assert isinstance(refusal, LastManager)
    assert isinstance(
        refusal_of(operations.deactivate, membership=last, actor=finance, now=timezone.now()), LastManager
    )


def test_nobody_is_shown_the_billing_switch_of_their_own_company(market: Market) -> None:
    client, url = client_of(market.people["manager"]), reverse("companies:billing", args=[market.acme.pk])
    assert 'name="token"' in client.get(url).content.decode()
    assert url in client.get(reverse("companies:detail", args=[market.acme.pk])).content.decode()
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["company_admin"])
    page = client.get(url).content.decode().replace("&#x27;", "'")
    assert str(OwnCompany.text) in page
    assert 'name="token"' not in page
    assert url not in client.get(reverse("companies:detail", args=[market.acme.pk])).content.decode()


def test_the_permission_is_one_of_the_table() -> None:
    assert people.PERMISSION in PERMISSIONS
