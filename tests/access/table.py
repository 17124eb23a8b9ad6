"""The table: for every address who may use it, with which methods, and about which things.

It is written from the roles of the contract, not from ``companies.domain.roles``: two tables that must agree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.access.people import BOSSES, EVERYBODY, MANAGERS, STAFF
from tests.access.world import Target

Rule = Callable[[str, Target], bool]


@dataclass(frozen=True)
class Page:
    """One address. ``who`` are letters; ``kind`` names the targets that it is about.

    ``right_first``: a missing right is told before the thing is looked for; else a stranger's thing is Not found first.
    ``keeps``: tables that a GET of whoever may writes to, since it keeps what it makes.
    ``who_acts``: who may POST, when fewer than those who may look. ``get`` and ``post`` are the statuses of whoever
    may; a POST usually sends ``data`` and does its work. ``rule`` says what must hold between person and thing.
    """

    who: str
    kind: str = ""
    methods: tuple[str, ...] = ("GET", "HEAD", "POST")
    right_first: bool = False
    who_acts: str | None = None
    get: tuple[int, ...] = (200,)
    post: tuple[int, ...] = (200, 204, 302, 422)
    rule: Rule | None = None
    keeps: frozenset[str] = frozenset()
    data: Mapping[str, object] = field(default_factory=dict)


def reads(who: str, kind: str = "", **more: object) -> Page:
    """A page that is only looked at."""
    return Page(who, kind, ("GET", "HEAD"), **more)  # type: ignore[arg-type]


def acts(who: str, kind: str = "", **more: object) -> Page:
    """An address that only takes forms."""
    return Page(who, kind, ("POST",), **more)  # type: ignore[arg-type]


def may_apply(letter: str, thing: Target) -> bool:
    """Customers use what their own company owes and has, and leave held credit alone."""
    return letter in STAFF or (letter in "ABO" and not thing.held)


def is_own_product(letter: str, thing: Target) -> bool:
    """Developers void memos whose every line is of their own products."""
    return letter != "D" or "for the vendor" in thing.name


ANY_METHOD = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS")
ALL_BUT_DEVELOPERS = EVERYBODY.replace("D", "")
SEES_COMPANIES = EVERYBODY.replace("D", "").replace("U", "")
SEES_PAYMENTS = SEES_COMPANIES
APPLIES = BOSSES + "ABOC"
VOIDS = STAFF + "D"
WHY = {"reason": "Because"}
PDF = frozenset({"documents_storeddocument", "documents_documentjob"})
RECKONED = frozenset({"subscriptions_subscription", "billing_billingevent"})
"""What will be charged is kept where it was not reckoned yet."""
COPY = {"kind": "invoice", "language": "de", "origin": "design:classic", "name": "Copy"}

TABLE: dict[str, Page] = {
    # The frame
    "core:home": reads(EVERYBODY, get=(302,)),
    "core:search": reads(EVERYBODY),
    "core:read_amount": reads(EVERYBODY),
    "core:theme": acts(EVERYBODY),
    "core:language": Page(EVERYBODY, methods=ANY_METHOD, get=(302,), post=(302,), data={"language": "fr"}),
    "core:saved_filters": reads(EVERYBODY),
    "core:save_filter": acts(EVERYBODY, data={"page": "companies:list", "name": "Mine", "querystring": "q=a"}),
    "core:delete_filter": acts(EVERYBODY, "saved filter", right_first=True),
    "core:failed_work": Page(STAFF),
    # People and their own things
    "companies:switch": Page(EVERYBODY, post=(404,)),
    "companies:profile": Page(EVERYBODY, data={"name": "Else", "language": "de"}),
    "companies:change_password": Page(EVERYBODY),
    "companies:invitations": reads(EVERYBODY),
    "companies:accept_invitation": acts(EVERYBODY, "invitation", right_first=True),
    "companies:decline_invitation": acts(EVERYBODY, "invitation", right_first=True),
    "companies:people": reads(BOSSES),
    "companies:invite": Page(MANAGERS),
    "companies:person": reads(BOSSES, "membership"),
    "companies:person_mail_again": Page(MANAGERS, "membership"),
    "companies:person_roles": Page(
        MANAGERS, "membership", data={"roles": ["billing_admin"], "password": "correct horse"}
    ),
    "companies:person_deactivate": Page(MANAGERS, "membership"),
    "companies:permissions": reads(BOSSES),
    "companies:grant": Page(MANAGERS, data={"role": "support", "permission": "creditmemos.create", "granted": "yes"}),
    "companies:audit": reads(STAFF),
    "companies:settings": Page(BOSSES, who_acts=MANAGERS),
    "companies:numbering_preview": reads(BOSSES),
    "companies:close_period": Page("F", "merchant", data={"through": "2026-04-30"}),
    # Companies
    "companies:list": reads(SEES_COMPANIES),
    "companies:lookup": reads(SEES_COMPANIES),
    "companies:resellers": reads(SEES_COMPANIES),
    "companies:import_new": Page(BOSSES),
    "companies:import": reads(BOSSES, "file of companies"),
    "companies:import_sample": reads(BOSSES),
    "companies:import_tried": Page(BOSSES, "file of companies"),
    "companies:import_problems": reads(BOSSES, "file of companies"),
    "companies:add": Page(BOSSES, data={"name": "Dune", "kind": "customer"}),
    "companies:change": Page(BOSSES, "company", data={"name": "Dune", "kind": "customer"}),
    "companies:switch_off": Page(BOSSES, "company"),
    "companies:switch_on": Page(BOSSES, "company"),
    "companies:make_merchant": Page(MANAGERS, "company", data={"code": "NEW"}),
    "companies:merchant_code": Page(MANAGERS, "merchant", data={"code": "NEW"}),
    "companies:bank_details": reads(BOSSES, "merchant"),
    "companies:change_bank_details": Page(
        BOSSES, "merchant", data={"holder": "Else", "iban": "DE89370400440532013000"}
    ),
    "companies:detail": reads(SEES_COMPANIES, "company"),
    "companies:billing": Page(MANAGERS, "billed company", data={"on": "no"}),
    # Credit limits
    "limits:list": reads(BOSSES),
    "limits:panel": reads(SEES_COMPANIES, "payer", keeps=RECKONED),
    "limits:standing": reads(SEES_COMPANIES, "payer", keeps=RECKONED),
    "limits:addend": reads(SEES_COMPANIES, "addend"),
    "limits:change": Page(BOSSES, "payer", data={"mode": "limit", "amount": "5", **WHY}),
    "limits:block": Page(BOSSES, "payer", data=WHY),
    "limits:unblock": Page(BOSSES, "payer", data=WHY),
    "limits:allow": Page(BOSSES, "payer", data={"amount": "5", **WHY}),
    "limits:tokens": reads(BOSSES),
    "limits:token_new": Page(MANAGERS, data={"name": "Shop"}),
    "limits:token_revoke": Page(MANAGERS, "token"),
    # Credit memos
    "creditmemos:list": reads(EVERYBODY),
    "creditmemos:people_lookup": reads(SEES_COMPANIES),
    "creditmemos:creditable_companies": reads(BOSSES),
    "creditmemos:create": Page(BOSSES),
    "creditmemos:create_from_invoice": Page(BOSSES, "invoice"),
    "creditmemos:edit": Page(BOSSES, "draft"),
    "creditmemos:discard": Page(BOSSES, "draft"),
    "creditmemos:detail": reads(EVERYBODY, "memo or draft"),
    "creditmemos:explain": reads(EVERYBODY, "memo"),
    "creditmemos:activity": reads(STAFF, "memo or draft"),
    "creditmemos:void": Page(VOIDS, "memo", rule=is_own_product, data=WHY),
    "creditmemos:undo_and_void": Page(BOSSES, "memo", data=WHY),
    "creditmemos:divide": Page(BOSSES, "memo", data=WHY),
    "creditmemos:close": Page(BOSSES, "memo", data=WHY),
    "creditmemos:reopen": Page(BOSSES, "memo", data=WHY),
    "creditmemos:hold": Page(BOSSES, "memo"),
    "creditmemos:release": Page(BOSSES, "memo"),
    "creditmemos:reverse": Page(BOSSES, "application", data=WHY),
    "creditmemos:bulk_void": Page(VOIDS, get=(302,)),
    "creditmemos:bulk_hold": Page(BOSSES, get=(302,)),
    "creditmemos:bulk_release": Page(BOSSES, get=(302,)),
    "creditmemos:apply": Page(APPLIES, "memo", rule=may_apply),
    "creditmemos:apply_to_invoice": Page(APPLIES, "invoice", rule=may_apply),
    "creditmemos:apply_account": Page(APPLIES, "account", rule=may_apply),
    "creditmemos:approvals": reads(BOSSES),
    "creditmemos:approvals_approve": Page(BOSSES, methods=("GET", "HEAD", "POST"), get=(302,)),
    "creditmemos:approvals_reject": Page(BOSSES, methods=("GET", "HEAD", "POST"), get=(302,), data=WHY),
    "creditmemos:approval": reads(BOSSES, "approval"),
    "creditmemos:approval_standing": reads(BOSSES, "approval"),
    "creditmemos:approval_approve": Page(BOSSES, "approval"),
    "creditmemos:approval_alone": Page(BOSSES, "approval", data={"password": "correct horse"}),
    "creditmemos:approval_reject": Page(BOSSES, "approval", data=WHY),
    "creditmemos:approval_withdraw": Page(BOSSES, "approval"),
    "creditmemos:reasons": reads(BOSSES),
    "creditmemos:reason_add": Page(MANAGERS, data={"label_en": "Kindness", "position": "1", "counts_as": "time"}),
    "creditmemos:reason_change": Page(
        MANAGERS, "reason", data={"label_en": "Kindness", "position": "1", "counts_as": "time"}
    ),
    # Invoices
    "invoices:list": reads(EVERYBODY),
    "invoices:detail": reads(EVERYBODY, "invoice"),
    "invoices:journal": reads(STAFF, "invoice"),
    "invoices:activity": reads(STAFF, "invoice"),
    "invoices:void": Page(BOSSES, "invoice", data=WHY),
    "payments:list": reads(SEES_PAYMENTS),
    "payments:detail": reads(SEES_PAYMENTS, "payment"),
    "payments:journal": reads(STAFF, "payment"),
    "payments:activity": reads(STAFF, "payment"),
    "payments:trail": reads(STAFF, "payment"),
    "payments:ask": Page(BOSSES, "payment"),
    "payments:charge": Page(BOSSES, "invoice"),
    "payments:record": Page(BOSSES),
    "payments:allocate": Page(BOSSES, "payment"),
    "payments:settle": Page(BOSSES, "payment"),
    "payments:fail": Page(BOSSES, "payment", data={"why": "Bounced"}),
    "payments:take_off": Page(BOSSES, "allocation", data=WHY),
    "payments:return": Page(BOSSES, "payment"),
    "payments:undo_return": Page(BOSSES, "payment return"),
    "payments:keep": Page(BOSSES, "payment", data=WHY),
    "invoices:settle_difference": Page(BOSSES, "invoice", data=WHY),
    "invoices:write_off": Page(BOSSES, "invoice", data=WHY),
    "payments:give_back": Page(BOSSES, "payment", data=WHY),
    "payments:pay_out": Page(BOSSES, "memo", data=WHY),
    "payments:refund_items": Page(BOSSES, "invoice"),
    "payments:pay_out_used": Page(BOSSES, "memo", data=WHY),
    "payments:give_back_carried": Page(BOSSES, "invoice", data=WHY),
    "payments:refunds": reads(SEES_PAYMENTS),
    "payments:refund_sent": Page(BOSSES, "refund"),
    "payments:refund_failed": Page(BOSSES, "refund", data={"why": "Bounced"}),
    "payments:refund_returned": Page(BOSSES, "refund", data={"why": "Unknown account"}),
    "invoices:apply_credit": reads(APPLIES, "invoice", right_first=True, rule=may_apply, get=(302,)),
    # Subscriptions and what is sold
    "subscriptions:list": reads(EVERYBODY),
    "subscriptions:new": Page(BOSSES),
    "subscriptions:lookup": reads(BOSSES),
    "subscriptions:detail": reads(EVERYBODY, "subscription"),
    "subscriptions:change": Page(BOSSES, "subscription"),
    "subscriptions:cancel": Page(BOSSES, "subscription", data={"when": "now", **WHY}),
    "subscriptions:products": reads(BOSSES),
    "subscriptions:product_new": Page(MANAGERS, data={"name": "Storage"}),
    "subscriptions:product": reads(BOSSES, "product"),
    "subscriptions:edition_new": Page(MANAGERS, "product", data={"name": "Basic"}),
    "subscriptions:plan_new": Page(MANAGERS, "edition"),
    "subscriptions:discounts": reads(BOSSES),
    "subscriptions:discount_new": Page(MANAGERS, data={"name": "Spring", "rate": "10"}),
    # Billing
    "billing:dashboard": reads(STAFF),
    "billing:exception_seen": Page(STAFF, "exception"),
    "billing:runs": reads(STAFF),
    "billing:run_new": Page(BOSSES, data={"through": "2026-05-18"}),
    "billing:run_preview": Page(BOSSES, data={"through": "2026-05-18"}),
    "billing:run": reads(STAFF, "run"),
    "billing:run_stop": Page(BOSSES, "run"),
    "billing:run_retry_lines": acts(STAFF, "run", right_first=True, data={"all": "1"}),
    "billing:run_retry_events": acts(STAFF, "run", right_first=True, data={"all": "1"}),
    "billing:events": reads(STAFF),
    "billing:event_new": Page(BOSSES),
    "billing:events_retry": Page(STAFF, methods=("GET", "POST"), get=(302,), data={"all": "1"}),
    "billing:event": reads(STAFF, "event"),
    "billing:event_retry": Page(STAFF, "event"),
    "billing:event_edit": Page(BOSSES, "event"),
    "billing:event_cancel": Page(BOSSES, "event", data={"reason": "A slip."}),
    "billing:event_set_aside": Page(BOSSES, "event", data={"reason": "Known."}),
    "billing:event_bring_back": Page(BOSSES, "event"),
    "billing:imports": reads(STAFF),
    "billing:import_new": Page(BOSSES),
    "billing:import": reads(STAFF, "import"),
    "billing:import_sample": reads(BOSSES),
    "billing:import_tried": Page(BOSSES, "import"),
    "billing:import_read_anew": Page(BOSSES, "import"),
    "billing:import_stop": Page(BOSSES, "import"),
    "billing:import_go_on": Page(BOSSES, "import"),
    "billing:import_problems": reads(STAFF, "import"),
    "billing:settings": Page(BOSSES, who_acts=MANAGERS),
    "billing:move": Page(MANAGERS),
    "billing:taxes": Page(BOSSES, who_acts=MANAGERS),
    # PDFs and mails
    "documents:download": reads(ALL_BUT_DEVELOPERS, "stored", right_first=True),
    "documents:copy": reads(ALL_BUT_DEVELOPERS, "stored", right_first=True),
    "documents:regenerate": Page(BOSSES, "stored"),
    "documents:files": reads(ALL_BUT_DEVELOPERS, "about", right_first=True),
    "documents:original": reads(ALL_BUT_DEVELOPERS, "about", right_first=True, keeps=PDF),
    "documents:unified": reads(ALL_BUT_DEVELOPERS, "charged", right_first=True, keeps=PDF),
    "documents:einvoice": reads(ALL_BUT_DEVELOPERS, "einvoice", right_first=True),
    "documents:try_again": acts(STAFF, "pdf", right_first=True),
    "documents:note_add": Page(STAFF, "about", right_first=True, data={"text": "Called, pays on Friday"}),
    "documents:note_file": reads(STAFF, "note", right_first=True),
    "documents:strike_note": Page(STAFF, "note", data=WHY),
    "documents:choose": Page(ALL_BUT_DEVELOPERS, "listed", right_first=True, get=(302,)),
    "documents:zip": reads(ALL_BUT_DEVELOPERS, "listed", right_first=True, get=(404,)),  # The walk names no ids.
    "documents:archives": reads(ALL_BUT_DEVELOPERS),
    "documents:archive": reads(ALL_BUT_DEVELOPERS, "archive"),
    "documents:archive_file": reads(ALL_BUT_DEVELOPERS, "archive"),
    # The Document Builder
    "documents:builder": reads(BOSSES),
    "documents:template_new": Page(MANAGERS, data=COPY),
    "documents:editor": Page(BOSSES, "template", who_acts=MANAGERS),
    "documents:preview": acts(BOSSES, "template", right_first=True, data={"source": "{{ number }}", "page_size": "A4"}),
    "documents:publish": Page(MANAGERS, "template", data={"revision": "2"}),
    "documents:versions": reads(BOSSES, "template", right_first=True),
    "documents:version": reads(BOSSES, "version", right_first=True),
    "documents:version_pdf": reads(BOSSES, "version", right_first=True),
    "documents:activate": Page(MANAGERS, "version", data=WHY),
    "documents:use_default": Page(MANAGERS, "printed", right_first=True, data=WHY),
    "documents:assets": reads(BOSSES),
    "documents:add_image": Page(MANAGERS, data={"name": "logo"}),
    "documents:add_font": Page(MANAGERS, data={"name": "Serif"}),
    "documents:asset": reads(BOSSES, "asset", right_first=True),
    "documents:remove_asset": Page(MANAGERS, "asset"),
    # Mails
    "notifications:list": reads(STAFF),
    "notifications:delivery": reads(STAFF, "delivery"),
    "notifications:resend": acts(STAFF, "mail", right_first=True),
    "notifications:resend_many": Page(STAFF, methods=("GET", "POST"), get=(302,), post=(302,)),
    "notifications:deliveries": reads(STAFF, "about", right_first=True),
    "notifications:mail_document": Page(STAFF, "about", right_first=True),
    "notifications:clear_bounce": Page(STAFF, "bounced"),
    "notifications:settings": reads(BOSSES),
    "notifications:kind": Page(BOSSES, "kind of mail", right_first=True, who_acts=MANAGERS),
    "notifications:default_text": reads(BOSSES, "mail language", right_first=True),
    "notifications:text_new": Page(MANAGERS, "mail language", right_first=True),
    "notifications:text": Page(BOSSES, "mail text", right_first=True, who_acts=MANAGERS),
}

PUBLIC = {
    "companies:sign_in": {"GET": (200,), "HEAD": (200,), "POST": (422,), "OPTIONS": (200,)},
    "companies:sign_out": {"POST": (302,)},
    "companies:ask_for_link": {"GET": (200,), "HEAD": (200,), "POST": (422,)},
    "companies:set_password": {"GET": (302,), "HEAD": (302,), "POST": (422,)},
    "payments:stripe_webhook": {"POST": (400,)},
    "limits:checks": {"POST": (401,)},
    "limits:release": {"POST": (401,)},
}
"""Addresses for visitors: what each method answers; every other one is 405."""

ARGUMENTS = {
    "companies:set_password": {"place": "MQ", "token": "no-token"},
    "payments:stripe_webhook": {"account": "nobody"},
    "limits:release": {"key": "order"},
}
"""What the public addresses need to be written."""
