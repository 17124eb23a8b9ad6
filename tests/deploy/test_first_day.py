"""From an empty server to the first customer who is billed and credited, by the commands and the pages alone.

Everything is started by the units' own lines, twice: two hosts, each with a data folder, one database, one broker.
"""

import re
from email.message import EmailMessage
from io import BytesIO

import pytest
from playwright.sync_api import Error, Page, expect
from pypdf import PdfReader

from tests.deploy.installation import OPENING, Host
from tests.journeys.inspecting import Inspector
from tests.journeys.office import Office
from tests.journeys.pages import act, figure, heading, issue_ad_hoc, says, text_of
from tests.support.smtp import MailServer
from tests.support.work import until

pytestmark = pytest.mark.deploy

PASSWORD = "a long enough one 47"
CUSTOMER, BILLS = "Kontor Nord", "bills@kontor.example"
PARTS = ("web", "relay", "worker", "biller", "teller")


def test_the_first_invoice_is_mailed_and_credited(hosts: list[Host], office: Office, mails: MailServer) -> None:
    """By a stranger who runs two commands and then follows the start page."""
    for host in hosts:
        for name in PARTS:
            host.start(name)
    hosts[0].start("beat")
    page = office.window()
    until(lambda: answers(page), 120, what="a web server that answers")
    see = Inspector(page)
    expect(page.get_by_text("bin/offset open_marketplace")).to_be_visible()
    see.look("the page of an empty installation")
    begin(page, hosts[0].offset(*OPENING).stdout.split()[-1])
    see.look("what is left to set up")
    see.visit("/companies/", "a list without companies")
    see.visit("/companies/add/", "the form of a company")
    see.visit("/companies/imports/new/", "the form for a file of companies")
    add_company(page)
    see.look("a company")
    add_product(page)
    subscribe(page)
    number = bill(page)
    until(lambda: mailed(mails, number), 120, what="the mail with the invoice")
    mail = mailed(mails, number)
    assert mail is not None
    [pdf] = [part for part in mail.walk() if part.get_content_type() == "application/pdf"]
    assert number in text_of(PdfReader(BytesIO(pdf.get_payload(decode=True))))  # type: ignore[arg-type]
    assert [each.recipients for each in mails.received] == [[BILLS]]
    credit(page, number)
    assert see.found == []
    for host in hosts:
        for unit in host.units:
            assert unit.process.poll() is None, unit.said()


def answers(page: Page) -> bool:
    """Whether the web server is there."""
    try:
        answer = page.goto("/")
    except Error:
        return False
    return bool(answer and answer.ok)


def step(page: Page, name: str) -> None:
    """Follow a step of the start page."""
    page.goto("/")
    page.locator("main").get_by_role("link", name=name, exact=True).click()


def begin(page: Page, link: str) -> None:
    """Set the password by the printed link, sign in, and stand before the start page."""
    page.goto("/" + link.split("/", 3)[3])
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("Repeat new password").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    page.get_by_label("E-mail address").fill("ada@harbour.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Set up", level=1)).to_be_visible()


def add_company(page: Page) -> None:
    """The first customer."""
    step(page, "Add a company")
    for label, text in {
        "Name": CUSTOMER, "Street and number": "Am Hafen 2", "Postal code": "20457", "City": "Hamburg",
    }.items():  # fmt: skip
        page.get_by_role("textbox", name=re.compile(rf"^{label}( .?optional.?)?$")).fill(text)
    page.get_by_role("textbox", name=re.compile("^Billing e-mail")).fill(BILLS)
    page.get_by_role("combobox", name=re.compile("^Country")).select_option("DE")
    page.get_by_role("button", name="Add company", exact=True).click()
    expect(page.get_by_role("heading", name=CUSTOMER, level=1)).to_be_visible()


def add_product(page: Page) -> None:
    """A product with an edition and a plan: 12.00 a month and seat."""
    step(page, "Products")
    page.get_by_role("link", name="New product").first.click()
    page.get_by_role("textbox", name="Name").fill("Harbour Mail")
    page.get_by_role("button", name="Add", exact=True).click()
    act(page, "Add an edition")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Business")
    dialog.get_by_role("button", name="Add", exact=True).click()
    page.locator("main").get_by_role("link", name=re.compile("^Add a plan")).click()
    dialog.get_by_label("Name").fill("Monthly")
    dialog.get_by_role("combobox", name="Price", exact=True).select_option("Per unit")
    dialog.get_by_label("Prices", exact=True).fill("12.00")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("main").get_by_text("Monthly").first).to_be_visible()


def subscribe(page: Page) -> None:
    """The customer takes five seats from today on."""
    step(page, "New subscription")
    page.get_by_role("combobox", name="Company").press_sequentially(CUSTOMER[:6])
    page.get_by_role("option", name=re.compile(CUSTOMER)).first.click()
    page.get_by_label("Plan", exact=True).select_option("Business, Monthly")
    page.get_by_role("textbox", name="Quantity").fill("5")
    page.get_by_role("button", name="Subscribe", exact=True).click()
    says(page, "has started")


def bill(page: Page) -> str:
    """Start a run and open the invoice that it made; gives its number."""
    step(page, "Start a run")
    page.get_by_role("button", name="Start run", exact=True).click()
    invoice = page.locator("main").get_by_role("link", name=re.compile("^INV-"))
    expect(invoice).to_be_visible(timeout=90_000)
    number = invoice.inner_text()
    invoice.click()
    expect(page.get_by_role("heading", name=number, level=1)).to_be_visible()
    expect(figure(page, "Total")).to_have_text("€71.40")  # 5 x 12.00, and 19 %
    return number


def mailed(mails: MailServer, number: str) -> EmailMessage | None:
    """The mail about a document, if it came."""
    return next((mail.message for mail in mails.received if number in str(mail.message["Subject"])), None)


def credit(page: Page, number: str) -> None:
    """Give 10.00 of goodwill, and use it on the invoice at the desk."""
    issue_ad_hoc(page, CUSTOMER, "10.00")
    memo = page.url
    act(page, "Apply")
    page.locator("[data-amount]").first.fill("10.00")
    page.locator("[data-apply]").click()
    says(page, "Applied €10.00 to one invoice.")
    page.goto(memo)
    expect(page.locator("main").get_by_role("link", name=number).first).to_be_visible()
    assert heading(page).startswith("CM-")
