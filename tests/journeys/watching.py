"""What no page may do, whatever a journey is about: leave the machine, break its own policy, fail in the console."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

BROWSER = ("chrome-extension:", "chrome:")
"""The browser's own: its viewer of PDFs."""
LOCAL_SCHEMES = ("data:", "blob:", "about:", *BROWSER)
REFUSED_FORM = "status of 422"
TAKEN_BACK = ("htmx:sendAbort, ", "htmx:afterRequest, ")
"""How htmx says that a newer request replaced one under way; a failed one is called htmx:sendError."""
VIOLATIONS = (
    "document.addEventListener('securitypolicyviolation', "
    "(event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))"
)


@dataclass
class Watch:
    """Everything a browser context does. ``problems`` are sentences; ``expected`` statuses are none of them."""

    origin: str
    problems: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)

    def follow(self, context: BrowserContext) -> None:
        """Listen to all pages of a context, from now on."""
        context.add_init_script(VIOLATIONS)
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", self._error)

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.origin + "/", *LOCAL_SCHEMES)):
            self.problems.append(f"a request left the machine: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in {422, *self.expected}:
            self.problems.append(f"{response.request.method} {response.url} answered {response.status}")
        is_page = response.headers.get("content-type", "").startswith("text/html")
        if is_page and not response.url.startswith(BROWSER):
            self._policy(response)

    def _policy(self, response: Response) -> None:
        policy = response.headers.get("content-security-policy", "")
        if "default-src 'self'" not in policy or re.search(r"unsafe-(inline|eval)", policy):
            self.problems.append(f"{response.url} has a weak policy: {policy!r}")

    def _console(self, message: ConsoleMessage) -> None:
        expected = [
            f"{said} {status}" for said in ("status of", "Response Status Error Code") for status in self.expected
        ]
        known = (REFUSED_FORM, *TAKEN_BACK, *expected)
        if message.type == "error" and not any(part in message.text for part in known):
            self.problems.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _error(self, error: WebError) -> None:
        self.problems.append(f"script: {error.error}")
