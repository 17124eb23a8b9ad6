"""What both sides of a renderer's pipe know of a PDF's properties. Pure."""

from typing import TypedDict


class About(TypedDict):
    """What a PDF says of itself where its template is silent: who it is from, what it is, and an ISO day or nothing."""

    title: str
    author: str
    subject: str
    day: str


NOTHING = About(title="", author="", subject="", day="")
