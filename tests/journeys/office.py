"""People in front of the running product: each signs in, has a window of their own, and is watched."""

from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.journeys.watching import Watch

PASSWORD = "offset-demo"
MANAGER, SECOND, FINANCE, SUPPORT = "mara", "jonas", "felix", "sofia"
DEVELOPER, RESELLER, COMPANY_ADMIN, BILLING_ADMIN, USER = "deniz", "ruth", "anna", "ben", "clara"
EVERYBODY = (MANAGER, FINANCE, SUPPORT, DEVELOPER, RESELLER, COMPANY_ADMIN, BILLING_ADMIN, USER)
"""One person per role of the demo's first marketplace, by the name in their address."""


class Office:
    """Opens windows for people; ``sessions`` keeps who has signed in, over all journeys of a run."""

    def __init__(self, browser: Browser, options: dict[str, Any], sessions: dict[str, Any]) -> None:
        self.browser = browser
        self.options = options
        self.sessions = sessions
        self.watch = Watch(origin=options["base_url"])

    def window(self, **options: Any) -> Page:
        """A window of nobody, watched; ``options`` are Playwright's for a context."""
        context = self.browser.new_context(**{**self.options, **options})
        context.set_default_timeout(20_000)
        self.watch.follow(context)
        return context.new_page()

    def person(self, name: str, **options: Any) -> Page:
        """A window in which somebody is signed in already."""
        if name not in self.sessions:
            page = self.window()
            sign_in(page, name)
            self.sessions[name] = page.context.storage_state()
            page.context.close()
        return self.window(storage_state=self.sessions[name], **options)

    def close(self) -> None:
        """Close every window, and fail when a page did what none may do."""
        for context in self.browser.contexts:
            context.close()
        assert not self.watch.problems, "\n".join(dict.fromkeys(self.watch.problems))


def sign_in(page: Page, name: str) -> None:
    """Sign in by the form, and wait for the first page behind it."""
    page.goto("/sign-in/")
    page.get_by_label("E-mail address").fill(f"{name}@demo.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("group").get_by_label("Account of")).to_be_visible()
