"""Taking documents away: the PDFs of a selection as one ZIP, many by work in the background, one as an e-invoice."""

import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from tests.journeys.office import BILLING_ADMIN, FINANCE, Office
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
    page.get_by_role("button", name="Make them ready").click()
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
