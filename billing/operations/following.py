"""What billing remembers of memo lines follows them when a memo is divided."""

from collections.abc import Mapping

from billing.models import Credit


def follow_lines(moved: Mapping[int, int]) -> None:
    """Let the credits that count name the new line of each old one; what was returned stays as it was."""
    for credit in Credit.objects.filter(memo_line__in=moved, returned=False).only("memo_line"):
        credit.memo_line_id = moved[credit.memo_line_id or 0]
        credit.save(update_fields=["memo_line"])
