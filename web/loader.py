"""Templates without their indentation: it serves who reads them; a page of many rows would carry it many times."""

import re

from django.template import Origin
from django.template.loaders import filesystem

INDENT = re.compile(r"\n\s+")


class Loader(filesystem.Loader):
    """Takes the white space at the beginning of lines out; a line's end stays and parts words as well."""

    def get_contents(self, origin: Origin) -> str:
        """The text to compile."""
        return INDENT.sub("\n", super().get_contents(origin))
