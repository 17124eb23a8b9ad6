"""Small charts as SVG attributes: no script, no style; the figures stand in a table beside them."""

from collections.abc import Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()
HEIGHT, GROUP, GAP = 120, 60, 12
"""Units of the drawing: the highest bar, the width of a group of bars, and what parts the groups."""


@register.simple_tag
def bar_chart(groups: Sequence[tuple[str, Sequence[int]]], tones: Sequence[str], label: str) -> SafeString:
    """Bars in groups, one group for each (label, values); ``tones`` are the bars' tones in their order.

    Heights are shares of the highest value; a chart of nothing but zeros is left out.
    """
    highest = max((value for _label, values in groups for value in values), default=0)
    if highest <= 0:
        return SafeString("")
    width = (GROUP - GAP) // max(len(tones), 1)
    bars, words = [], []
    for at, (name, values) in enumerate(groups):
        left = at * GROUP + GAP // 2
        words.append((left + (GROUP - GAP) // 2, HEIGHT + 16, name))
        for place, (value, tone) in enumerate(zip(values, tones, strict=True)):
            height = max(round(HEIGHT * value / highest), 1) if value > 0 else 0
            bars.append((left + place * width, HEIGHT - height, width - 1, height, tone))
    return format_html(
        '<svg class="bar-chart" width="{0}" viewBox="0 0 {0} {1}" role="img" aria-label="{2}">{3}{4}</svg>',
        len(groups) * GROUP,
        HEIGHT + 22,
        label,
        format_html_join("", '<rect x="{}" y="{}" width="{}" height="{}" class="bar-{}"/>', bars),
        format_html_join("", '<text x="{}" y="{}" text-anchor="middle">{}</text>', words),
    )
