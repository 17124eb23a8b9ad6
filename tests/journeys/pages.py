"""What people do on the pages, in the words that stand there."""

import re
from io import BytesIO

from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

NUMBER = re.compile(r"^(CM|INV)-\d{4}-\d+$")


def minor(text: str) -> int:
    """An amount of the page in minor units: "€1,567.00" is 156700, "¥900" is 900, a dash 0, parentheses negative."""
    digits = re.sub(r"[^0-9]", "", text)
    return -int(digits) if "(" in text or "-" in text else int(digits or 0)


def figure(page: Page, name: str) -> Locator:
    """The value under a word among the amounts in a document's head."""
    amounts = page.get_by_role("region", name="Amounts", exact=True)
    return amounts.locator("dl > div").filter(has=page.get_by_text(name, exact=True)).get_by_role("definition")


def fact(place: Locator, name: str) -> Locator:
    """The value that follows a word in a list of facts or sums."""
    return (
        place.locator("dt").get_by_text(name, exact=True).locator("xpath=ancestor-or-self::dt/following-sibling::dd[1]")
    )


def heading(page: Page) -> str:
    """The page's title."""
    return page.get_by_role("heading", level=1).inner_text()


def says(page: Page, text: str | re.Pattern[str]) -> None:
    """Wait for a message about what was just done."""
    expect(page.locator("main").get_by_role("status").filter(has_text=text).first).to_be_visible()


def act(page: Page, name: str) -> None:
    """Press an action of the page's head, also when it is under *More*; a slow page is read to its end first."""
    page.wait_for_load_state()
    action = page.locator(".page-head").get_by_role("link", name=name, exact=True)
    if not action.is_visible():
        page.locator(".page-head summary").get_by_text("More").click()
    action.click()


def open_memo(page: Page, number: str) -> None:
    """Go to a document by its number, through the search box."""
    page.goto(f"/credit-memos/?q={number}")
    page.get_by_role("link", name=number, exact=True).click()
    expect(page.get_by_role("heading", name=number, level=1)).to_be_visible()


def choose_company(page: Page, name: str) -> None:
    """Type a part of a company's name and take the option."""
    box = page.get_by_role("combobox", name="Company")
    box.press_sequentially(name[:5])
    page.get_by_role("option", name=name).first.click()
    expect(page.get_by_text(re.compile("pays"))).to_be_visible()


def issue_ad_hoc(
    page: Page, company: str, amount: str, *, use: str = "Hold credit", reason: str = "Goodwill", is_asked: bool = False
) -> str:
    """Make a memo with one untaxed line and open it; gives its title: the number, unless a second person is asked."""
    page.goto("/credit-memos/new/")
    choose_company(page, company)
    page.get_by_label("Description of line 1").fill("Goodwill")
    page.get_by_label("Unit price of line 1").fill(amount)
    page.get_by_label("Reason", exact=True).select_option(reason)
    page.get_by_role("radio", name=use, exact=True).check()
    total = fact(page.get_by_role("complementary", name="Credit memo", exact=True), "Total")
    expect(total).to_contain_text(re.compile(r"\d"))
    button = "Request approval" if is_asked else "Issue credit memo"
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_url(re.compile(r"/credit-memos/\d+/$"))
    title = heading(page)
    assert is_asked or NUMBER.match(title), title
    return title


def open_unpaid_invoice(page: Page, *, place: int = 0, company: str = "") -> str:
    """Open the n-th unpaid invoice of the list; gives its number."""
    page.goto(f"/invoices/?status=unpaid&q={company}")
    page.locator("[data-row-link]").nth(place).click()
    page.wait_for_url(re.compile(r"/invoices/\d+/$"))
    return heading(page)


def pdf_of(page: Page) -> PdfReader:
    """The first PDF of the document on the page, made now if nobody wanted it before."""
    documents = page.get_by_role("region", name="Documents", exact=True)
    link = documents.get_by_role("link", name=re.compile(r"^(\S+\.pdf|Original PDF)$")).first
    expect(link).to_be_visible(timeout=60_000)
    answer = page.request.get(str(link.get_attribute("href")))
    assert answer.ok
    assert answer.headers["content-type"] == "application/pdf"
    return PdfReader(BytesIO(answer.body()))


def text_of(pdf: PdfReader) -> str:
    """All of its text, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


def focused(page: Page) -> str:
    """The name that a screen reader would say of what has the focus: its label, or its text."""
    script = "() => { const e = document.activeElement; return e.getAttribute('aria-label') || e.innerText || e.id }"
    return str(page.evaluate(script)).strip()
