"""Liquid with limits: what templates may do, and what they are refused."""

import pytest

from documents.templating import LONGEST_SOURCE, TemplateRefused, render

REFUSED = {
    "an absent variable": "{{ memo.nothing }}",
    "a private attribute": "{{ memo.__class__ }}",
    "a method of the dictionary": "{{ memo.items }}",
    "switching escaping off": "{{ memo.name | safe }}",
    "a file": "{% include '/etc/passwd' %}",
    "another template": "{% render 'x' %}",
    "nested loops": "{% for a in (1..10000) %}{% for b in (1..10000) %}x{% endfor %}{% endfor %}",
    "300 MB by doubling": "{% assign a = 'aa' %}{% for i in (1..30) %}{% assign a = a | append: a %}{% endfor %}",
    "a large output": "{% for i in (1..40000) %}" + "x" * 100 + "{% endfor %}",
    "a large capture": "{% capture a %}{% for i in (1..40000) %}" + "x" * 100 + "{% endfor %}{% endcapture %}",
    "deep blocks": "{% if true %}" * 40 + "{% endif %}" * 40,
    "a range as text": "{{ (1..100000000) | join: ',' }}",
    "an unclosed tag": "{% if true %}",
    "a long source": "x" * (LONGEST_SOURCE + 1),
}


@pytest.mark.parametrize("source", REFUSED.values(), ids=REFUSED.keys())
def test_refused(source: str) -> None:
    with pytest.raises(TemplateRefused):
        render(source, {"memo": {"name": "<b>"}})


def test_values_are_escaped() -> None:
    assert render("{{ name }}", {"name": "<img src=x>&'"}) == "&lt;img src=x&gt;&amp;&#39;"


def test_values_stay_escaped_through_filters() -> None:
    source = "{{ name | upcase }}{{ name | append: name }}{{ name | newline_to_br }}"
    assert "<b" not in render(source, {"name": "<b>\n"}).replace("<br />", "").lower()


def test_line_breaks_can_be_shown() -> None:
    assert render("{{ note | newline_to_br }}", {"note": "a\n<b>"}) == "a<br />\n&lt;b&gt;"


def test_plain_text_is_not_escaped() -> None:
    assert render("{{ name }}", {"name": "Brünn & Söhne"}, html=False) == "Brünn & Söhne"


def test_the_line_is_named() -> None:
    with pytest.raises(TemplateRefused) as refused:
        render("one\ntwo {{ absent }}", {})
    assert refused.value.line == 2
    assert "absent" in str(refused.value)
