"""Billing events that went wrong are mended where they are shown; a file of events is tried before it is imported."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.journeys.office import MANAGER, Office
from tests.journeys.pages import act, fact, says
from tests.journeys.test_billing import foresee, record, watch_to_the_end

pytestmark = pytest.mark.journey


def start_a_run(page: Page) -> None:
    """Preview one, start it, and wait for its end."""
    foresee(page)
    act(page, "Start this run")
    page.get_by_role("button", name="Start run", exact=True).click()
    watch_to_the_end(page)


def open_event(page: Page, key: str) -> None:
    """Its page, by its key."""
    page.goto(f"/billing/events/?q={key}")
    page.get_by_role("link", name=key, exact=True).click()
    expect(page.get_by_role("heading", name=re.compile(re.escape(key)), level=1)).to_be_visible()


def state(page: Page) -> str:
    """What the badge beside the heading says."""
    return page.locator(".page-head .state").inner_text().strip()


def test_failed_events_are_corrected_cancelled_and_set_aside(office: Office) -> None:
    """Three refunds name an order that isn't there: one is corrected and sent again, one cancelled, one set aside."""
    page = office.person(MANAGER)
    order = f"order-{uuid4()}"
    wrong, needless, later = (f"refund-{uuid4()}" for _ in range(3))
    record(page, "One-off order", order, **{"Quantity": "2", "Unit price": "30.00"})
    for key in (wrong, needless, later):
        record(page, "Refund", key, **{"Corrects or refunds": f"{order}-misspelt", "Amount": "10.00"})
    start_a_run(page)

    new = correct(page, wrong, order)
    given_up = [cancel(page, needless), set_aside(page, later)]
    start_a_run(page)
    open_event(page, new)
    assert state(page) == "Billed"
    expect(page.locator("main").get_by_role("link", name=re.compile("^CM-")).first).to_be_visible()
    for address in given_up:
        page.goto(address)
        expect(page.locator("main")).to_contain_text("Nothing was billed for it.")


def correct(page: Page, wrong: str, order: str) -> str:
    """Name the order right and send the refund again; gives the new event's key."""
    open_event(page, wrong)
    assert state(page) == "Failed"
    act(page, "Edit and resubmit")
    source = page.get_by_role("textbox", name=re.compile("^Corrects or refunds"))
    expect(source).to_have_value(f"{order}-misspelt")
    source.fill(order)
    new = page.get_by_role("textbox", name=re.compile("^Key")).input_value()
    assert new != wrong
    page.get_by_role("button", name="Resubmit", exact=True).click()
    says(page, f"{new} replaces {wrong}.")
    return new


def cancel(page: Page, needless: str) -> str:
    """With a reason, which stays; nothing can be done with it then. Gives the address of its page."""
    open_event(page, needless)
    home = page.url
    act(page, "Cancel event")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("The customer took it back.")
    dialog.get_by_role("button", name="Cancel event", exact=True).click()
    says(page, f"{needless} is cancelled.")
    expect(page.locator("main")).to_contain_text("The customer took it back.")
    for action in ("Try again", "Edit and resubmit", "Cancel event"):
        expect(page.locator(".page-head").get_by_role("link", name=action, exact=True)).to_have_count(0)
    return home


def set_aside(page: Page, later: str) -> str:
    """It leaves the list of what failed; gives the address of its page."""
    open_event(page, later)
    home = page.url
    act(page, "Set aside")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Known; the order comes next month.")
    dialog.get_by_role("button", name="Set aside", exact=True).click()
    says(page, f"{later} is set aside.")
    page.goto(f"/billing/events/?q={later}&status=failed")
    expect(page.get_by_role("link", name=later, exact=True)).to_have_count(0)
    return home


def test_a_file_of_events_is_tried_before_it_is_imported(office: Office) -> None:
    """The dry run says what would come and what is rejected, and records nothing; then the good rows are imported."""
    page = office.person(MANAGER)
    good, bad = f"order-{uuid4()}", f"order-{uuid4()}"
    tried = send(page, file_of(page, good, bad))
    progress = page.get_by_role("region", name="Progress", exact=True)
    expect(fact(progress, "Imported")).to_have_text("1", timeout=60_000)
    expect(fact(progress, "Rejected")).to_have_text("1")
    expect(page.get_by_role("region", name="Rejected rows", exact=True)).to_contain_text("Nobody at all")
    page.goto(f"/billing/events/?q={good}")
    expect(page.get_by_text("No events match")).to_be_visible()

    page.goto(tried)
    act(page, "Import")
    page.get_by_role("dialog").locator("form button.btn-primary").click()
    page.wait_for_url(lambda url: url != tried and "/imports/" in url)
    expect(fact(progress, "Imported")).to_have_text("1", timeout=60_000)
    expect(page.get_by_text("This is a dry run")).to_have_count(0)
    open_event(page, good)
    assert state(page) == "Waiting for a run"
    page.goto(f"/billing/events/?q={bad}")
    expect(page.get_by_text("No events match")).to_be_visible()


def file_of(page: Page, good: str, bad: str) -> FilePayload:
    """An order of a company that is there, and one of a company that isn't."""
    page.goto("/companies/?q=Orchid")
    company = page.locator("[data-row-link]").first.inner_text()
    page.goto("/billing/events/new/")
    product = page.get_by_role("combobox", name=re.compile("^Product")).locator("option").nth(1).inner_text()
    day = datetime.now(tz=UTC).date().isoformat()
    rows = [
        "key,kind,company,product,day,quantity,price",
        f'{good},order,"{company}","{product}",{day},2,30.00',
        f"{bad},order,Nobody at all,{product},{day},1,5.00",
    ]
    return FilePayload(name="events.csv", mimeType="text/csv", buffer="\n".join(rows).encode())


def send(page: Page, file: FilePayload) -> str:
    """Send a file as the form proposes, for a dry run; gives the address of its page."""
    page.goto("/billing/events/imports/new/")
    page.get_by_label("CSV file").set_input_files(file)
    expect(page.get_by_role("checkbox", name="Dry run")).to_be_checked()
    page.locator("main form button.btn-primary").click()
    expect(page.get_by_text("This is a dry run: no event is recorded.")).to_be_visible()
    return page.url
