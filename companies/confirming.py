"""Asking a signed-in person for their password again: what is wrong counts as a failed sign-in."""

from collections.abc import Callable

from django.contrib.auth import authenticate
from django.http import HttpRequest


def confirms(request: HttpRequest) -> Callable[[str], bool]:
    """A function that says whether a password is that of the person who is signed in."""
    name = request.user.get_username()
    return lambda password: authenticate(request, username=name, password=password) == request.user
