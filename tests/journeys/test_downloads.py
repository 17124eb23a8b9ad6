"""Taking documents away: the PDFs of a selection as one ZIP, many by work in the background, one as an e-invoice."""

import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import FilePayload, Page, expect

from tests.journeys.office import BILLING_ADMIN, FINANCE, SUPPORT, Office
from tests.journeys.pages import open_unpaid_invoice

pytestmark = pytest.mark.journey


def files_of(path: Path) -> list[str]:
    """The names in a ZIP, all of whose files are whole."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_a_selection_is_one_zip(office: Office) -> None:
    """A customer takes two of their own invoices away."""
    page = office.person(BILLING_ADMIN)
    page.goto("/invoices/")
    boxes = page.locator("tbody").get_by_role("checkbox")
    numbers = [page.locator("[data-row-link]").nth(place).inner_text() for place in (0, 1)]
    for place in (0, 1):
        boxes.nth(place).check()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download PDFs").click()
    assert sorted(files_of(taken.value.path())) == sorted(f"{number}.pdf" for number in numbers)


def test_many_are_made_ready_and_then_taken(office: Office) -> None:
    """All memos of a filter, more than can be waited for: a progress bar, and the ZIP when it is full."""
    page = office.person(FINANCE)
    page.goto("/credit-memos/")
    page.locator("summary").filter(has_text="Export").click()
    page.get_by_role("button", name=re.compile("PDF")).first.click()
    expect(page.get_by_role("heading", name=re.compile(r"^Download \d+ PDFs$"), level=1)).to_be_visible()
    page.get_by_role("button", name="Prepare download").click()
    expect(page.get_by_role("link", name=re.compile("^Download the ZIP"))).to_be_visible(timeout=240_000)
    with page.expect_download() as taken:
        page.get_by_role("link", name=re.compile("^Download the ZIP")).click()
    names = files_of(taken.value.path())
    assert len(names) > 100
    assert all(re.fullmatch(r"CM-\d{4}-\d+\.pdf", name) for name in names)


def test_an_invoice_is_an_e_invoice_too(office: Office) -> None:
    """UBL and CII, each with its own root, and the invoice's number in it."""
    page = office.person(FINANCE)
    number = open_unpaid_invoice(page)
    for link, root in (("E-invoice", "Invoice"), ("As CII E-invoice", "CrossIndustryInvoice")):
        xml = content_of(page, link)
        assert etree.QName(etree.parse(BytesIO(xml)).getroot()).localname == root
        assert number.encode() in xml


def content_of(page: Page, link: str) -> bytes:
    """What a link of the documents gives."""
    address = page.get_by_role("link", name=link, exact=True).get_attribute("href")
    answer = page.request.get(str(address))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/xml")
    return answer.body()


def test_a_note_and_a_file_are_added_after_issue(office: Office) -> None:
    """Support keeps a letter beside an invoice, Finance takes it away and strikes it; the customer sees none of it."""
    page = office.person(SUPPORT)
    open_unpaid_invoice(page)
    page.get_by_role("link", name="Add a note or file", exact=True).click()
    page.get_by_role("textbox", name=re.compile("^Note")).fill("Called today: pays on Friday")
    box = page.locator("input[type=file]")
    box.set_input_files(FilePayload(name="letter.exe", mimeType="x/y", buffer=b"MZ\x90\0"))
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("This file is none of them.").first).to_be_visible()
    expect(page.get_by_role("textbox", name=re.compile("^Note"))).to_have_value("Called today: pays on Friday")
    box.set_input_files(FilePayload(name="letter.txt", mimeType="text/plain", buffer=b"We pay on Friday."))
    page.get_by_role("button", name="Add", exact=True).click()
    notes = page.get_by_role("region", name="Internal notes and files", exact=True)
    expect(notes).to_contain_text("Called today: pays on Friday")

    finance = office.person(FINANCE)
    finance.goto(page.url)
    notes = finance.get_by_role("region", name="Internal notes and files", exact=True)
    with finance.expect_download() as taken:
        notes.get_by_role("link", name="letter.txt", exact=True).click()
    assert taken.value.path().read_bytes() == b"We pay on Friday."
    notes.get_by_role("link", name=re.compile("^Strike")).click()
    finance.get_by_label("Reason").fill("Another customer's letter")
    finance.get_by_role("button", name="Strike note", exact=True).click()
    expect(notes).to_contain_text("Another customer's letter")
    expect(notes.get_by_role("link", name="letter.txt", exact=True)).to_have_count(0)

    customer = office.person(BILLING_ADMIN)
    customer.goto("/invoices/")
    customer.locator("[data-row-link]").first.click()
    customer.wait_for_url(re.compile(r"/invoices/\d+/$"))
    expect(customer.get_by_text("Internal notes and files")).to_have_count(0)
