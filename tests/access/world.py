"""What there is to reach: things of every owner in one marketplace, things of another, and things that don't exist."""

import base64
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from django.core.files.base import ContentFile
from django.utils import timezone
from pypdf import PdfWriter

from billing.models import BillingException, BillingRun, EventImport
from companies.models import CompanyImport
from core.models import Approval, OutboxJob, SavedFilter
from creditmemos import operations
from creditmemos.models import CreditMemo
from documents.models import DocumentArchive, DocumentJob, StoredDocument, TemplateAsset
from documents.models.archive import KEPT
from documents.operations import notes, templates
from documents.queries.templates import default_version
from documents.storage.stores import document_storage
from limits.operations import make_token
from notifications.models import BouncedAddress, Delivery, MailTemplate
from payments.models import Allocation
from payments.operations import return_payment
from subscriptions.models import Edition, Product
from tests.access.people import BOSSES, EVERYBODY, NOBODY, STAFF
from tests.factories.billing import event, plan, subscribe
from tests.factories.companies import MembershipFactory
from tests.factories.payments import receive
from tests.factories.refunds import given_back
from tests.factories.world import (
    NOW,
    TODAY,
    Market,
    apply,
    charge,
    credit_invoice,
    issue_invoice,
    issue_memo,
    key,
    make_market,
)

TOO_LARGE = 2**63 + 1
EARLY = NOW - timedelta(days=30)
DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC")
"""A red picture of one pixel."""


@dataclass(frozen=True)
class Target:
    """A thing: what its address needs and the letters of those who may see it.

    ``held``: it is held from customers. ``hollow``: the thing is there, but what its address names inside it is not.
    """

    name: str
    kwargs: dict[str, Any]
    seen_by: str
    held: bool = False
    hollow: bool = False


@dataclass
class World:
    """Two markets, and targets by kind; the walkers belong to ``north``."""

    north: Market
    south: Market
    targets: dict[str, list[Target]] = field(default_factory=dict)

    def add(
        self, what: str, name: str, seen_by: str, /, *, held: bool = False, hollow: bool = False, **kwargs: Any
    ) -> None:
        """One more thing."""
        self.targets.setdefault(what, []).append(Target(name, kwargs, seen_by, held, hollow))


def build() -> World:
    """Everything once; nothing of it is changed afterwards."""
    world = World(make_market("north"), make_market("south", currency="JPY"))
    _documents(world)
    _companies(world)
    _approvals(world)
    _work(world)
    _billing(world)
    _templates(world)
    operator = world.north.operator
    world.targets["billed company"] = [each for each in world.targets["company"] if each.name != operator.name]
    world.add("billed company", operator.name, NOBODY, pk=operator.pk)
    world.targets["memo or draft"] = [*world.targets["memo"], *world.targets["waiting draft"]]
    for kind, targets in list(world.targets.items()):
        key = "pk" if "pk" in targets[0].kwargs else "document_id"
        if key in targets[0].kwargs:
            world.add(kind, "no such id", NOBODY, **{**targets[0].kwargs, key: TOO_LARGE})
    return world


def _documents(world: World) -> None:
    north, south = world.north, world.south
    user = north.user("user")
    own = charge(vendor_id=north.vendor.pk)
    invoices = {
        "acme's": (issue_invoice(north), "AB"),
        "the user's": (issue_invoice(north, billed_user=user), "ABU"),
        "birch's": (issue_invoice(north, company=north.birch), "O"),
        "the reseller's for its client": (issue_invoice(north, company=north.client), "R"),
        "birch's for the vendor": (issue_invoice(north, own, company=north.birch), "OD"),
        "the other marketplace's": (issue_invoice(south), None),
    }
    for name, (invoice, others) in invoices.items():
        world.add("invoice", name, NOBODY if others is None else STAFF + others, pk=invoice.pk)
    vendors = credit_invoice(north, invoices["birch's for the vendor"][0], 10_00)
    memos = {
        "acme's": (issue_memo(north, use="follow"), "AB"),
        "the user's, on hold": (issue_memo(north, billed_user=user), "ABU"),
        "birch's": (issue_memo(north, company=north.birch, use="follow"), "O"),
        "the reseller's for its client": (issue_memo(north, company=north.client, use="follow"), "R"),
        "birch's for the vendor": (vendors, "OD"),
        "the other marketplace's": (issue_memo(south), None),
    }
    for name, (memo, others) in memos.items():
        world.add("memo", name, NOBODY if others is None else STAFF + others, held=memo.on_hold, pk=memo.pk)
    _applications(world)
    _payments(world)
    accounts = {"acme's": (north.acme, "AB"), "birch's": (north.birch, "O"), "the reseller's": (north.reseller, "R")}
    for name, (company, others) in accounts.items():
        world.add("account", name, STAFF + others, pk=north.account(company).pk)
    world.add("account", "the other marketplace's", NOBODY, pk=south.account().pk)


def _applications(world: World) -> None:
    for market, seen_by in ((world.north, STAFF + "AB"), (world.south, NOBODY)):
        memo, invoice = issue_memo(market), issue_invoice(market)
        application = apply(market, memo, invoice, 10)
        world.add("application", f"{market.acme}'s", seen_by, pk=memo.pk, application=application.pk)
    stranger = world.targets["application"][1].kwargs["application"]
    own = world.targets["application"][0].kwargs["pk"]
    world.add("application", "a stranger's on an own memo", STAFF + "AB", hollow=True, pk=own, application=stranger)
    world.add("application", "none", STAFF + "AB", hollow=True, pk=own, application=uuid4())


def _payments(world: World) -> None:
    north, south = world.north, world.south
    payments = {
        "acme's": (receive(north, 50_00, reference="RF 77", note="By post"), "AB"),
        "birch's": (receive(north, 60_00, company=north.birch), "O"),
        "the reseller's for its client": (receive(north, 70_00, company=north.client), "R"),
        "the other marketplace's": (receive(south, 80), None),
    }
    for name, (payment, others) in payments.items():
        world.add("payment", name, NOBODY if others is None else STAFF + others, pk=payment.pk)
    pending = receive(north, 90_00, (issue_invoice(north), 90_00), means="cheque", is_pending=True)
    world.add("payment", "acme's pending", STAFF + "AB", pk=pending.pk)
    for market, seen_by in ((north, STAFF + "AB"), (south, NOBODY)):
        payment = receive(market, 30, (issue_invoice(market), 20))
        sent = given_back(market, receive(market, 10, keep_on_account=True), 10, is_pending=True)
        world.add("refund", f"{market.acme}'s", seen_by, pk=sent.pk)
        allocation = Allocation.objects.get(payment=payment)
        world.add("allocation", f"{market.acme}'s", seen_by, pk=payment.pk, allocation=allocation.pk)
        row = return_payment(
            payment=payment, amount=5, reason="bounced", value_date=TODAY, actor=market.actor(), now=NOW, key=key()
        )
        world.add("payment return", f"{market.acme}'s", seen_by, pk=payment.pk, row=row.pk)
    own = world.targets["payment"][0].kwargs["pk"]
    world.add("allocation", "none", STAFF + "AB", hollow=True, pk=own, allocation=uuid4())
    world.add("payment return", "none", STAFF + "AB", hollow=True, pk=own, row=uuid4())


def _companies(world: World) -> None:
    north, south = world.north, world.south
    seen = {north.acme: "ABU", north.birch: "O", north.reseller: "R", north.client: "RC", north.vendor: "D"}
    for company, others in seen.items():
        world.add("company", company.name, STAFF + others, pk=company.pk)
    world.add("company", north.operator.name, STAFF, pk=north.operator.pk)
    world.add("company", "the other marketplace's", NOBODY, pk=south.acme.pk)
    payers = {north.acme: "ABU", north.birch: "O", north.reseller: "R", north.client: "C", north.vendor: "D"}
    for company, others in payers.items():
        world.add("payer", company.name, STAFF + others, pk=company.pk)
        world.add("addend", company.name, STAFF + others, pk=company.pk, name="dues")
    world.add("payer", "the other marketplace's", NOBODY, pk=south.acme.pk)
    world.add("addend", "the other marketplace's", NOBODY, pk=south.acme.pk, name="dues")
    for market, seen_by in ((north, EVERYBODY), (south, NOBODY)):
        with patch("limits.operations.tokens.secrets.token_urlsafe", return_value=f"{market.marketplace.code}-AbC9"):
            token, _text = make_token(name="Shop", actor=market.actor(), now=NOW)
        world.add("token", str(market.marketplace), seen_by, pk=token.pk)
    for market, seen_by in ((north, EVERYBODY), (south, NOBODY)):
        world.add("membership", str(market.acme), seen_by, pk=market.people["user"].membership.pk)
        world.add("merchant", str(market.merchant), seen_by, pk=market.merchant.pk)
        world.add("reason", str(market.marketplace), seen_by, pk=market.reason().pk)
        sent = CompanyImport.objects.create(
            marketplace=market.marketplace, name="companies.csv", file="imports/none.csv", is_trial=False, rows=1,
            refused=1, created_at=NOW, created_by=market.user("manager"),
        )  # fmt: skip
        sent.problems.create(row=2, text=",Dune", message="The row has no external key.")
        world.add("file of companies", str(market.marketplace), STAFF if seen_by else NOBODY, pk=sent.pk)
    for invited, seen_by in ((north.user("user"), "U"), (south.user("user"), NOBODY)):
        waiting = MembershipFactory.create(user=invited, company=south.birch, roles=["user"], accepted_at=None)
        world.add("invitation", str(invited), seen_by, pk=waiting.pk)
    for owner, seen_by in ((north.user("manager"), "M"), (south.user("manager"), NOBODY)):
        saved = SavedFilter.objects.create(
            user=owner, marketplace=north.marketplace, page="companies:list", name="Mine", querystring="q=x"
        )
        world.add("saved filter", str(owner), seen_by, pk=saved.pk)


def _approvals(world: World) -> None:
    for market, seen_by in ((world.north, BOSSES), (world.south, NOBODY)):
        with threshold(market, 1):
            asked = issue_memo(market, "500", now=NOW + timedelta(days=2))
            approval = Approval.objects.get(object_id=asked.pk)
            world.add("approval", str(market.marketplace), seen_by, pk=approval.pk)
            back = issue_memo(market, "400", now=NOW + timedelta(days=2))
            request = Approval.objects.get(object_id=back.pk)
            operations.reject(approval=request, reason="No", actor=market.actor("second_manager"), now=NOW)
        seen = STAFF if seen_by else NOBODY
        world.add("waiting draft", f"a draft of {market.marketplace}", seen, held=True, pk=asked.pk)
        world.add("draft", f"a draft of {market.marketplace}", seen, held=True, pk=back.pk)


@contextmanager
def threshold(market: Market, amount: int) -> Iterator[None]:
    """Everything needs two people for a while."""
    settings = market.marketplace.settings
    settings.approval_threshold = amount
    settings.save()
    yield
    settings.approval_threshold = None
    settings.save()


def _work(world: World) -> None:
    """PDFs and mails of the memos, and a job that was given up."""
    for target in world.targets["memo"]:
        memo = CreditMemo.objects.get(pk=target.kwargs["pk"])
        stored = _stored(memo)
        mail = _mail(memo, stored)
        world.add("stored", target.name, target.seen_by.replace("D", ""), pk=stored.pk)
        world.add("mail", target.name, target.seen_by, pk=mail.pk)
        about: dict[str, Any] = {"kind": "credit_memo", "document_id": memo.pk}
        world.add("about", target.name, target.seen_by.replace("D", ""), **about)
        world.add("einvoice", target.name, target.seen_by.replace("D", ""), syntax="ubl", **about)
        world.add("pdf", target.name, target.seen_by, purpose="original", **about)
    _mails(world)
    _notes(world)
    for target in world.targets["invoice"]:
        about = {"kind": "invoice", "document_id": target.kwargs["pk"]}
        world.add("charged", target.name, target.seen_by.replace("D", ""), **about)
    world.add("listed", "credit memos", EVERYBODY, kind="credit_memo")
    world.add("listed", "an unknown kind", NOBODY, kind="payslip")
    for market, letter, name in ((world.north, "A", "company_admin"), (world.north, "B", "billing_admin")):
        world.add("archive", name, letter, pk=_archive(market, name).pk)
    world.add("archive", "the other marketplace's", NOBODY, pk=_archive(world.south, "company_admin").pk)
    for kind in ("about", "einvoice", "pdf", "charged"):
        first = world.targets[kind][0].kwargs
        world.add(kind, "an unknown kind", NOBODY, **{**first, "kind": "payslip"})
    for market in (world.north, world.south):
        OutboxJob.objects.create(
            event=uuid4(),
            topic="credit_memo.issued",
            key="dead",
            handler="documents.original",
            kind="outside",
            marketplace=market.marketplace,
            at=NOW,
            dead_at=NOW,
        )


def _notes(world: World) -> None:
    """A file beside a memo of each marketplace."""
    for market, seen_by in ((world.north, EVERYBODY), (world.south, NOBODY)):
        memo = CreditMemo.objects.filter(marketplace=market.marketplace, number__isnull=False)[0]
        note = notes.add(
            kind="credit_memo", document_id=memo.pk, text="See the letter", content=blank_page(),
            file_name="letter.pdf", actor=market.actor(), now=NOW, key=None,
        )  # fmt: skip
        world.add("note", str(market.marketplace), seen_by, pk=note.pk)


def _mails(world: World) -> None:
    """What mails are written with, and addresses that bounced."""
    kind: dict[str, Any] = {"kind": "credit_memo_pdf_created"}
    world.add("kind of mail", "memo mail", EVERYBODY, **kind)
    world.add("kind of mail", "none", NOBODY, kind="payslip")
    world.add("mail language", "German", EVERYBODY, **kind, language="de")
    world.add("mail language", "none", NOBODY, **kind, language="la")
    for market, all_here in ((world.north, EVERYBODY), (world.south, NOBODY)):
        name = str(market.marketplace)
        text = MailTemplate.objects.create(
            marketplace=market.marketplace, **kind, language="en", name="Own", priority=10, subject="Hello",
            body="Hello", changed_at=NOW,
        )  # fmt: skip
        world.add("mail text", name, all_here, pk=text.pk)
        sent = Delivery.objects.filter(marketplace=market.marketplace).first()
        assert sent is not None
        mark = BouncedAddress.objects.create(
            marketplace=market.marketplace, address="gone@example.com", delivery=sent, answer="550 no", since=NOW
        )
        world.add("delivery", name, all_here, pk=sent.pk)
        world.add("bounced", name, all_here, pk=mark.pk)


def _billing(world: World) -> None:
    """Subscriptions of every owner, and what only the marketplace's own people see of billing."""
    north, south = world.north, world.south
    own, vendors = plan(north, product="Own"), plan(north, product="Vendor's")
    own.edition.product.vendor = None
    own.edition.product.save()
    sold = {
        "acme's": (subscribe(north, own), "AB"),
        "the user's of the vendor": (subscribe(north, vendors, user=north.user("user")), "ABUD"),
        "birch's": (subscribe(north, own, company=north.birch), "O"),
        "the reseller's for its client": (subscribe(north, own, company=north.client), "RC"),
        "the other marketplace's": (subscribe(south, plan(south)), None),
    }
    for name, (subscription, others) in sold.items():
        seen = NOBODY if others is None else STAFF + others
        world.add("subscription", name, seen, pk=subscription.row.pk)
    for market, staff, all_here in ((north, STAFF, EVERYBODY), (south, NOBODY, NOBODY)):
        name = str(market.marketplace)
        product = Product.objects.filter(marketplace=market.marketplace).first()
        assert product is not None
        world.add("product", name, all_here, pk=product.pk)
        world.add("edition", name, all_here, pk=Edition.objects.filter(product=product).get().pk)
        for run in (dry_run(market), dry_run(market)):
            world.add("run", name, staff, pk=run.pk)
        failed = event(market, "refund", TODAY, source_key="nothing", status="failed", reason="no_source", run=run)
        world.add("event", name, staff, pk=failed.pk)
        cut = BillingException.objects.create(
            marketplace=market.marketplace, run=run, account=market.account(), reason="over_creditable", amount=5,
            created_at=NOW,
        )  # fmt: skip
        world.add("exception", name, all_here, pk=cut.pk)
        sent = EventImport.objects.create(
            marketplace=market.marketplace, name="file.csv", file="imports/none.csv", size=0, columns=[], created_at=NOW
        )
        world.add("import", name, staff, pk=sent.pk)


def dry_run(market: Market) -> BillingRun:
    """A preview that is at its end."""
    return BillingRun.objects.create(
        marketplace=market.marketplace, through=TODAY, dry=True, state="finished", started_at=NOW, finished_at=NOW
    )


def _templates(world: World) -> None:
    """A template with a version and a logo in each marketplace, and a design of the product.

    What prints is small: the walk has hundreds of PDFs made.
    """
    origin = default_version(kind="credit_memo", language="en", at=NOW)
    for market, seen_by in ((world.north, EVERYBODY), (world.south, NOBODY)):
        name, actor = str(market.marketplace), market.actor()
        for kind in ("invoice", "credit_memo"):
            template = templates.create(origin=origin, kind=kind, language="en", name="Ours", actor=actor, now=EARLY)
            small = templates.save_draft(
                template=template, name="Ours", source="<p>{{ number }}</p>", page_size="A4", revision=1, actor=actor,
                now=EARLY,
            )  # fmt: skip
            version = templates.publish(template=small, revision=2, note="", actor=actor, now=EARLY)
        logo = TemplateAsset.objects.create(
            marketplace=market.marketplace, kind="image", name="logo", media_type="image/png", size=len(DOT),
            stored=document_storage().save(f"access-logo-{name}.png", ContentFile(DOT)), created_at=NOW,
        )  # fmt: skip
        world.add("template", name, seen_by, pk=template.pk)
        world.add("version", name, seen_by, pk=version.pk)
        world.add("asset", name, seen_by, pk=logo.pk)
    world.add("version", "of the product", EVERYBODY, pk=origin.pk)
    world.add("printed", "English memos", EVERYBODY, kind="credit_memo", language="en")
    world.add("printed", "an unknown language", NOBODY, kind="credit_memo", language="xx")


def blank_page() -> bytes:
    """A PDF of one page with nothing on it."""
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(595, 842)
    writer.write(out)
    return out.getvalue()


def _stored(memo: CreditMemo) -> StoredDocument:
    content = blank_page()
    name = document_storage().save(f"access-{memo.pk}.pdf", ContentFile(content))
    DocumentJob.objects.create(
        marketplace=memo.marketplace, kind="credit_memo", document_id=memo.pk, purpose="original", language="en",
        state="ready", updated_at=NOW,
    )  # fmt: skip
    return StoredDocument.objects.create(
        marketplace=memo.marketplace,
        kind="credit_memo",
        document_id=memo.pk,
        purpose="original",
        version=1,
        language="en",
        template_version="default",
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        name=name,
        file_name=f"{memo.number}.pdf",
        as_of=NOW,
        created_at=NOW,
    )


def _archive(market: Market, person: str) -> DocumentArchive:
    """What a person has asked for and may take away."""
    member = market.people[person]
    return DocumentArchive.objects.create(
        marketplace=market.marketplace, company=member.company, requested_by=member.user, kind="credit_memo",
        document_ids=[], total=0, state="ready", created_at=NOW, expires_at=timezone.now() + KEPT,
    )  # fmt: skip


def _mail(memo: CreditMemo, stored: StoredDocument) -> Delivery:
    return Delivery.objects.create(
        marketplace=memo.marketplace,
        kind="credit_memo_pdf_created",
        event=uuid4(),
        recipient="someone@example.com",
        company=memo.payer,
        subject_kind="credit_memo",
        subject_id=memo.pk,
        attachment=stored,
        language="en",
        subject="Your credit memo",
        body="Here it is.",
        message_id=f"<{uuid4()}@example.com>",
        created_at=NOW,
    )
