"""Asking a signed-in person for their password again: what is wrong counts as a failed sign-in."""

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest
from django.utils import timezone

from companies.models import User
from companies.operations.attempts import confirm_password
from core.clients import client_address


def confirms(request: HttpRequest) -> Callable[[str], bool]:
    """A function that says whether a password is that of the person who is signed in. It raises TooManyAttempts."""
    user, client = cast("User", request.user), client_address(request)
    return lambda password: confirm_password(user, password, client, now=timezone.now())
