"""Links that people got by mail, and what they do with them."""

import re

from django.core import mail
from django.test import Client

GOOD = "red bicycle under rain"


def links_to(address: str) -> list[str]:
    """The paths of all links to set a password that this mailbox holds, the oldest first."""
    bodies = [str(each.body) for each in mail.outbox if each.to == [address]]
    return [found for body in bodies for found in re.findall(r"https?://[^/\s]+(/set-password/\S+)", body)]


def follow(link: str, password: str = GOOD, client: Client | None = None) -> str:
    """Open a link and set a password with it; the page that says what came of it."""
    person = client or Client()
    opened = person.get(link, follow=True)
    inside = opened.redirect_chain[-1][0]
    chosen = {"new_password1": password, "new_password2": password}
    return person.post(inside, chosen, follow=True).content.decode()
