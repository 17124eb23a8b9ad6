"""The pages that a customer sees at the provider, on its own origin: choose a test method, and 3-D Secure.

Plain HTML that works without a script. ``Page`` is what the server answers.
"""

from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

from payments.gateway.standin import intents, sessions
from payments.gateway.standin.behaviours import ALL, BY_NAME
from payments.gateway.standin.customers import declined
from payments.gateway.standin.errors import ApiError
from payments.gateway.standin.money import amount_text
from payments.gateway.standin.store import Thing
from payments.gateway.standin.world import World

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1a1f36;background:#f6f8fa}"
    "main{max-width:34rem;margin:3rem auto;padding:2rem;background:#fff;border:1px solid #c9d1d9;border-radius:8px}"
    "fieldset{border:0;padding:0;margin:0 0 1rem}label{display:block;padding:.5rem 0}"
    "button,.back{font:inherit;padding:.6rem 1.2rem;margin-right:.5rem}.problem{color:#b42318;font-weight:600}"
)


@dataclass(frozen=True)
class Page:
    """A page, or the way to another address."""

    body: str = ""
    to: str = ""
    status: int = 200


def _page(title: str, content: str, status: int = 200) -> Page:
    return Page(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/_style.css"></head>'
        f"<body><main><h1>{escape(title)}</h1><p>This is a stand-in for the payment provider: no money moves.</p>"
        f"{content}</main></body></html>",
        status=status,
    )


def checkout(world: World, ref: str, problem: str = "", chosen: str = "pm_card_visa") -> Page:
    """GET /c/pay/{session}: the test methods to choose from."""
    try:
        session = sessions.open_session(world, ref)
    except ApiError:
        return _page("This page is closed", "<p>Go back to the shop to start again.</p>", 410)
    offered = [each for each in ALL if each.kind in session["payment_method_types"]]
    seen: dict[tuple[str, str], str] = {(each.kind, each.last4): each.name for each in reversed(offered)}
    rows = "".join(
        f'<label><input type="radio" name="method" value="{name}"{" checked" if name == chosen else ""}> '
        f"{escape(BY_NAME[name].title)} ({last4})</label>"
        for (_kind, last4), name in reversed(seen.items())
    )
    told = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    back = f'<a class="back" href="{escape(session["cancel_url"])}">Back</a>' if session["cancel_url"] else ""
    content = (
        f'{told}<form method="post"><fieldset><legend>Choose a test card or account</legend>{rows}</fieldset>'
        f'<button type="submit">Save</button>{back}</form>'
    )
    return _page("Save a payment method", content, 402 if problem else 200)


def choose(world: World, ref: str, form: dict[str, Any]) -> Page:
    """POST /c/pay/{session}."""
    try:
        if sessions.choose(world, ref, str(form.get("method", ""))):
            return Page(to=f"/3ds/{ref}")
    except ApiError as error:
        return checkout(world, ref, str(error), str(form.get("method", "")))
    return Page(to=_done(sessions.finish(world, ref)))


def _done(session: Thing) -> str:
    return str(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))


def ask(world: World, ref: str) -> Page:
    """GET /3ds/{intent or session}: the customer's bank asks whether it was them."""
    thing = world.store.any(ref)
    if thing is None or thing["status"] not in {"open", "requires_action"}:
        return _page("This page is closed", "<p>Go back to the shop to start again.</p>", 410)
    is_payment = "amount" in thing
    what = f"Pay {amount_text(thing['amount'], thing['currency'])}?" if is_payment else "Save this card or account?"
    content = (
        f'<p>{escape(what)}</p><form method="post"><button name="answer" value="complete">Confirm</button>'
        '<button name="answer" value="fail">Refuse</button></form>'
    )
    return _page("Your bank asks: is this you?", content)


def answer(world: World, ref: str, form: dict[str, Any]) -> Page:
    """POST /3ds/{intent or session}."""
    page = ask(world, ref)
    thing = world.store.any(ref)
    if thing is None or page.status != 200:  # noqa: PLR2004 - OK
        return page
    agreed = form.get("answer") == "complete"
    if thing["object"] == "payment_intent":
        return _answer_intent(world, thing, agreed=agreed)
    if agreed:
        return Page(to=_done(sessions.finish(world, ref)))
    sessions.refuse(world, ref)
    return checkout(world, ref, str(declined("setup_intent_authentication_failure")))


def _answer_intent(world: World, intent: Thing, *, agreed: bool) -> Page:
    back = (intent["next_action"].get("redirect_to_url") or {}).get("return_url", "")
    if agreed:
        try:
            method = world.store.get("payment_method", intent["payment_method"])
            intents.attempt(world, intent, BY_NAME[method["_test"]])
        except ApiError:
            agreed = False
    else:
        intents.fail(world, intent, "payment_intent_authentication_failure")
    told = {
        "payment_intent": intent["id"],
        "payment_intent_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if agreed else "failed",
    }
    if not back:
        return _page("Thank you", "<p>You may close this page.</p>")
    return Page(to=f"{back}{'&' if '?' in back else '?'}{urlencode(told)}")
