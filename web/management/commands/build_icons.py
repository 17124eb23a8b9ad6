"""Writes `static/img/icons.svg`: the drawings named in `web.icons`, taken from the Bootstrap Icons wheel."""

import re
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management.base import BaseCommand, CommandError

from web.icons import NAMES

BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def sprite() -> str:
    """One SVG file with a symbol per icon, in alphabetical order."""
    symbols = "\n".join(f'<symbol id="{name}" viewBox="0 0 16 16">{_drawing(name)}</symbol>' for name in sorted(NAMES))
    return f'<svg xmlns="http://www.w3.org/2000/svg" fill="currentColor">\n{symbols}\n</svg>\n'


def _drawing(name: str) -> str:
    found = finders.find(f"bootstrap-icons/{name}.svg")
    body = BODY.search(Path(found).read_text(encoding="utf-8")) if isinstance(found, str) else None
    if body is None:
        raise CommandError(f"the wheel has no icon {name!r}")
    return re.sub(r">\s+<", "><", body[1].strip())


class Command(BaseCommand):
    """Make the sprite again after a change of `web.icons`."""

    help = __doc__ or ""
    requires_system_checks = []

    def handle(self, *_args: object, **_options: object) -> None:
        """Write the file and say how large it is."""
        target = Path(settings.BASE_DIR) / "static" / "img" / "icons.svg"
        target.parent.mkdir(parents=True, exist_ok=True)
        size = target.write_text(sprite(), encoding="utf-8")
        self.stdout.write(f"{target.relative_to(settings.BASE_DIR)}: {len(NAMES)} icons, {size} bytes")
