"""Invitations: what one marketplace starts gives nobody rights in another, until the owner of the address says yes."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from companies import operations
from companies.domain.refusals import LastManager, MailedJustNow, NotInvited
from companies.models import Company, Membership, User
from companies.queries.people import billing_contacts, kinds_of_own
from core.models import Approval, AuditEntry, OutboxJob
from tests.factories.companies import CompanyFactory, MembershipFactory, UserFactory
from tests.factories.world import NOW, Market
from tests.support.links import GOOD, follow, links_to
from tests.support.outbox import drain
from tests.support.verbs import noted, refused
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
VICTIM = "vera@corp.example"


def add(market: Market, *, company: Company | None = None, **changes: object) -> str:
    """A manager adds the person on the page, a second one agrees where it needs two; the page that follows."""
    company = company or market.operator
    form = {
        "company": company.pk, "company_text": company.name, "email": VICTIM, "name": "Vera Victim",
        "roles": ["manager"], **changes,
    }  # fmt: skip
    page = client_of(market.people["manager"]).post("/people/add/", form, follow=True).content.decode()
    for asked in Approval.objects.filter(marketplace=market.marketplace, decision="waiting"):
        operations.approve(approval=asked, actor=market.actor("second_manager"), now=timezone.now())
    drain()
    return page


def sign_in(email: str = VICTIM, password: str = GOOD) -> Client:
    client = Client()
    client.post("/sign-in/", {"username": email, "password": password})
    return client


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def membership_in(market: Market, email: str = VICTIM) -> Membership:
    return Membership.objects.get(user__email=email, company__marketplace=market.marketplace)


def deactivate_all(market: Market, *emails: str) -> None:
    """End what these addresses were invited to."""
    for row in Membership.objects.filter(
        user__email__in=emails, company__marketplace=market.marketplace, is_active=True
    ):
        operations.deactivate(membership=row, actor=market.actor(), now=NOW)


def neutral(page: str) -> str:
    """A page without what differs from one visit to the next."""
    page = re.sub(r'(name="(?:csrfmiddlewaretoken|token)" value=")[^"]*', r"\1", page)
    page = re.sub(r'nonce="[^"]*"|(?<=/approvals/)\d+|(?<=/people/)\d+|member=\d+|company=\d+', "", page)
    return page.replace(VICTIM, "ADDRESS").replace("sam@corp.example", "ADDRESS")


# --- the attack -------------------------------------------------------------------------------------------------------


def test_who_adds_an_address_first_does_not_get_into_what_others_give_it_later(market: Market, south: Market) -> None:
    page = add(market)
    assert "set-password" not in page
    attacker = Client()
    stolen = re.findall(r"/set-password/[^\s\"<]+", page)
    for link in stolen:
        follow(link, client=attacker)
    person = membership_in(market)
    guessed = reverse("companies:set_password", args=["MQ", default_token_generator.make_token(person.user)])
    assert "This link has already been used" in follow(guessed, client=attacker)
    add(south)
    attacker = sign_in()
    assert not is_signed_in(attacker)
    assert attacker.get("/people/").status_code == 302


def test_an_account_of_one_marketplace_stays_out_of_another_until_its_owner_accepts(
    market: Market, south: Market
) -> None:
    add(market)
    follow(links_to(VICTIM)[0])
    add(south)
    victim = sign_in()
    assert "North Market" in victim.get("/switch/").content.decode()
    assert "South Market" not in victim.get("/switch/").content.decode()
    waiting = membership_in(south)
    assert victim.post("/switch/", {"membership": waiting.pk}).status_code == 404
    assert "Operator south" in victim.get("/invitations/").content.decode()
    answer = victim.post(reverse("companies:accept_invitation", args=[waiting.pk]))
    assert answer["Location"] == "/switch/"
    assert victim.post("/switch/", {"membership": waiting.pk}).status_code == 302
    assert victim.get("/people/").status_code == 200
    entry = AuditEntry.objects.get(verb="member.accepted", marketplace=south.marketplace)
    assert (entry.who, entry.object_id) == ("Vera Victim", waiting.pk)


def test_a_password_of_an_address_that_nobody_proved_opens_nothing(market: Market) -> None:
    """As one that was set by a link which a former version showed to whoever added the person."""
    person = UserFactory.create(name="Old Hand", proved_at=None)
    MembershipFactory.create(user=person, company=market.operator)
    assert not is_signed_in(sign_in(person.email, "correct horse"))
    client = Client()
    client.force_login(person, backend="companies.backends.PasswordBackend")
    assert client.get("/people/").status_code == 302


# --- what an invitation gives -----------------------------------------------------------------------------------------


def test_an_invitation_counts_nowhere(market: Market, south: Market) -> None:
    person = market.user("manager")
    waiting = MembershipFactory.create(
        user=person, company=south.acme, roles=["company_admin", "billing_admin"], accepted_at=None
    )
    assert waiting not in billing_contacts(south.acme)
    assert not kinds_of_own([person.pk], [south.acme.pk])
    operations.deactivate(membership=south.people["second_manager"].membership, actor=south.actor(), now=NOW)
    MembershipFactory.create(user=person, company=south.operator, roles=["manager"], accepted_at=None)
    with refused(LastManager):
        operations.deactivate(membership=south.people["manager"].membership, actor=south.actor("support"), now=NOW)
    page = client_of(south.people["manager"]).get("/search/", {"q": "Manager North"}).content.decode()
    assert "/people/" not in re.sub(r'href="/people/"', "", page)
    detail = client_of(south.people["manager"]).get(reverse("companies:detail", args=[south.acme.pk]))
    assert "Manager North" not in detail.content.decode()


def test_the_answer_is_the_persons_own_and_given_once(market: Market, south: Market) -> None:
    person = market.user("user")
    waiting = MembershipFactory.create(user=person, company=south.acme, roles=["user"], accepted_at=None)
    stranger, own = client_of(market.people["manager"]), client_of(market.people["user"])
    for verb in ("accept", "decline"):
        url = reverse(f"companies:{verb}_invitation", args=[waiting.pk])
        with writes() as written:
            assert stranger.post(url).status_code == 404
        assert written == []
    own.post(reverse("companies:decline_invitation", args=[waiting.pk]))
    waiting.refresh_from_db()
    assert (waiting.is_active, waiting.accepted_at) == (False, None)
    assert noted("member.declined").marketplace == south.marketplace
    assert own.post(reverse("companies:accept_invitation", args=[waiting.pk])).status_code == 404
    with refused(NotInvited):
        operations.accept(membership=waiting, user=person, now=NOW)


@pytest.mark.parametrize("ended", ["company", "membership", "user"])
def test_what_ended_meanwhile_is_not_accepted(market: Market, south: Market, ended: str) -> None:
    person = market.user("user")
    waiting = MembershipFactory.create(user=person, company=south.acme, roles=["user"], accepted_at=None)
    own = client_of(market.people["user"])
    rows = {
        "company": Company.objects.filter(pk=south.acme.pk),
        "membership": Membership.objects.filter(pk=waiting.pk),
        "user": User.objects.filter(pk=person.pk),
    }
    rows[ended].update(is_active=False)
    answer = own.post(reverse("companies:accept_invitation", args=[waiting.pk]))
    assert answer.status_code == (302 if ended == "user" else 404)
    waiting.refresh_from_db()
    assert waiting.accepted_at is None


def test_whoever_was_a_member_once_is_asked_again(market: Market, south: Market) -> None:
    person = market.user("user")
    membership = MembershipFactory.create(user=person, company=south.acme, roles=["user"])
    operations.deactivate(membership=membership, actor=south.actor(), now=NOW)
    add(south, company=south.acme, email=person.email, roles=["company_admin"])
    membership.refresh_from_db()
    assert (membership.is_active, membership.accepted_at, membership.roles) == (True, None, ["company_admin"])
    assert "Acme south" not in client_of(market.people["user"]).get("/switch/").content.decode()


def test_a_member_of_the_marketplace_gets_a_further_company_at_once(market: Market) -> None:
    cedar = CompanyFactory.create(marketplace=market.marketplace, name="Cedar", kind="customer")
    page = add(market, company=cedar, email=market.user("user").email, roles=["user"])
    assert "User North now belongs to Cedar." in page
    assert mail.outbox == []
    assert "Cedar" in client_of(market.people["user"]).get("/switch/").content.decode()


def test_whoever_belongs_nowhere_finds_their_invitations(market: Market) -> None:
    person = UserFactory.create(name="Nora Nowhere")
    MembershipFactory.create(user=person, company=market.acme, roles=["user"], accepted_at=None)
    client = sign_in(person.email, "correct horse")
    assert 'href="/invitations/"' in client.get("/").content.decode() or client.get("/").status_code == 302
    assert 'href="/invitations/"' in client.get("/companies/").content.decode()
    assert "Acme north" in client.get("/invitations/").content.decode()


# --- what marketplaces learn of each other ------------------------------------------------------------------------------


def test_a_known_address_is_invited_exactly_as_an_unknown_one(market: Market, south: Market) -> None:
    person = UserFactory.create(name="Sam", email="sam@corp.example", language="fr")
    MembershipFactory.create(user=person, company=south.operator, name="Samuel of South", signed_in_at=NOW)
    with time_machine.travel(NOW, tick=False):
        for company, roles in ((market.operator, ["manager"]), (market.acme, ["user"])):
            unknown = add(market, company=company, roles=roles)
            known = add(market, company=company, roles=roles, email="sam@corp.example")
            assert neutral(unknown) == neutral(known)
            deactivate_all(market, VICTIM, "sam@corp.example")
    assert "Vera Victim is invited to Acme north and gets a mail." in known
    manager = client_of(market.people["manager"])
    ids = Membership.objects.filter(user=person, company__marketplace=market.marketplace).values_list("pk", flat=True)
    for page in ("/people/?ended=on", *(f"/people/{pk}/" for pk in ids)):
        html = manager.get(page).content.decode()
        assert "Samuel" not in html
        assert "South" not in html


def test_each_marketplace_has_its_own_name_and_last_sign_in(market: Market, south: Market) -> None:
    person = market.user("user")
    there = MembershipFactory.create(user=person, company=south.acme, name="Uschi of South", roles=["user"])
    client = sign_in(person.email, "correct horse")
    here = market.people["user"].membership
    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.signed_in_at is None, there.signed_in_at) == (False, None)
    client.post("/switch/", {"membership": there.pk})
    there.refresh_from_db()
    assert there.signed_in_at is not None
    client.post("/profile/", {"name": "Ursula", "language": "de"})
    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.name, there.name, here.language, there.language) == ("User North", "Ursula", "", "de")


# --- links --------------------------------------------------------------------------------------------------------------


def test_a_link_proves_the_address_accepts_and_works_once(market: Market) -> None:
    add(market)
    (link,) = links_to(VICTIM)
    assert "Your password is set." in follow(link)
    membership = membership_in(market)
    assert membership.accepted_at is not None
    assert membership.user.proved_at is not None
    assert is_signed_in(sign_in())
    assert "This link has already been used" in follow(link, "another good password")
    assert not is_signed_in(sign_in(password="another good password"))


@pytest.mark.parametrize("change", ["address", "password", "time", "ended", "person off", "company off", "sign-in"])
def test_a_link_dies_with_what_it_was_made_for(market: Market, change: str) -> None:
    with time_machine.travel(NOW, tick=False):
        add(market)
    (link,) = links_to(VICTIM)
    membership = membership_in(market)
    user = membership.user
    at = NOW + (timedelta(days=3, seconds=1) if change == "time" else timedelta(days=2, hours=23))
    if change == "address":
        User.objects.filter(pk=user.pk).update(email="other@corp.example")
    elif change == "password":
        user.set_password("else")
        user.save()
    elif change == "ended":
        operations.deactivate(membership=membership, actor=market.actor(), now=NOW)
    elif change == "person off":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif change == "company off":
        Company.objects.filter(pk=market.operator.pk).update(is_active=False)
    elif change == "sign-in":
        User.objects.filter(pk=user.pk).update(last_login=NOW)
    with time_machine.travel(at, tick=False):
        assert "This link has already been used" in follow(link)
    membership.refresh_from_db()
    assert membership.accepted_at is None


def test_a_link_of_one_person_is_none_of_another(market: Market) -> None:
    add(market)
    add(market, email="sam@corp.example")
    mine, theirs = links_to(VICTIM)[0].split("/"), links_to("sam@corp.example")[0].split("/")
    mixed = "/".join([*theirs[:3], mine[3], ""])
    assert "This link has already been used" in follow(mixed)


@pytest.mark.parametrize("place", ["MQ", "x", "LTE", "MS4y", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "w6k", "LjE", "MS4"])
def test_addresses_that_are_no_links_say_so(market: Market, place: str) -> None:
    answer = Client().get(reverse("companies:set_password", args=[place, "abc-def"]), follow=True)
    assert answer.status_code == 200
    assert "This link has already been used" in answer.content.decode()


def test_two_marketplaces_invite_a_new_person_each_for_itself(market: Market, south: Market) -> None:
    add(market)
    add(south)
    first, second = links_to(VICTIM)
    follow(second)
    assert (membership_in(market).accepted_at, membership_in(south).accepted_at is None) == (None, False)
    assert "This link has already been used" in follow(first, "another good password")


def test_the_mail_goes_again_but_not_all_the_time(market: Market) -> None:
    with time_machine.travel(NOW, tick=False):
        add(market)
    membership = membership_in(market)
    with refused(MailedJustNow):
        operations.mail_again(membership=membership, actor=market.actor(), now=NOW + timedelta(seconds=59))
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        url = reverse("companies:person_mail_again", args=[membership.pk])
        assert "A mail is sent to vera@corp.example" in client_of(market.people["manager"]).get(url).content.decode()
        client_of(market.people["manager"]).post(url)
        drain()
        assert len(links_to(VICTIM)) == 2
        assert "Your password is set." in follow(links_to(VICTIM)[1])
    assert noted("member.mailed_again").object_id == membership.pk
    with refused(NotInvited):
        operations.mail_again(membership=membership, actor=market.actor(), now=NOW + timedelta(hours=2))


# --- asking for a link ------------------------------------------------------------------------------------------------


def ask(email: str) -> str:
    page = Client().post("/sign-in/link/", {"email": email})
    assert page.status_code == 200
    drain()
    return page.content.decode().replace(email, "ADDRESS")


def test_one_answer_for_every_address(market: Market) -> None:
    closed = UserFactory.create(name="Closed", is_active=False)
    MembershipFactory.create(user=closed, company=market.acme)
    nowhere = UserFactory.create(name="Nowhere")
    demo = UserFactory.create(name="Dora", email="dora@demo.example")
    MembershipFactory.create(user=demo, company=market.acme)
    unproved = UserFactory.create(name="Unproved", proved_at=None)
    MembershipFactory.create(user=unproved, company=market.acme, accepted_at=None)
    known = market.user("user")
    answers = {
        re.sub(r'(csrfmiddlewaretoken" value=")[^"]*', "", ask(email))
        for email in ["none@corp.example", closed.email, nowhere.email, demo.email, unproved.email, known.email]
    }
    assert len(answers) == 1
    assert sorted(each.to[0] for each in mail.outbox) == sorted([unproved.email, known.email])


def test_a_link_that_one_asked_for_sets_the_password_and_accepts_nothing(market: Market) -> None:
    person = UserFactory.create(name="Old Hand", proved_at=None)
    waiting = MembershipFactory.create(user=person, company=market.acme, accepted_at=None)
    ask("Old.Hand@EXAMPLE.com")
    follow(links_to(person.email)[0])
    assert is_signed_in(sign_in(person.email))
    waiting.refresh_from_db()
    assert waiting.accepted_at is None


def test_asking_often_mails_once_in_ten_minutes(market: Market) -> None:
    with time_machine.travel(NOW, tick=False):
        for _time in range(5):
            ask(market.user("user").email)
        assert len(mail.outbox) == 1
    with time_machine.travel(NOW + timedelta(minutes=10), tick=False):
        ask(market.user("user").email)
    assert len(mail.outbox) == 2


def test_the_sign_in_page_offers_the_link(market: Market) -> None:
    assert 'href="/sign-in/link/"' in Client().get("/sign-in/").content.decode()
    page = Client().post("/sign-in/link/", {"email": "no address"})
    assert page.status_code == 422
    assert "Enter a valid email address." in page.content.decode()


def test_no_link_is_kept_anywhere(market: Market) -> None:
    add(market)
    ask(VICTIM)
    assert len(links_to(VICTIM)) == 2
    texts = [str(job.payload) + job.last_error for job in OutboxJob.objects.all()]
    texts += [str(entry.after) + entry.note for entry in AuditEntry.objects.all()]
    assert "set-password" not in "".join(texts)
    staff = client_of(market.people["manager"])
    pages = ["/mails/", "/people/", f"/people/{membership_in(market).pk}/", "/audit-log/", "/failed-work/"]
    assert not [page for page in pages if "set-password" in staff.get(page).content.decode()]
