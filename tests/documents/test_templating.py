"""Liquid with limits: what templates may do, and what they are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.templates.liquid import LONGEST_SOURCE, TemplateRefused, render, source_line

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


LINES = """<p>one</p>
{% if name != "" %}
<p>{{ name }}</p>
{%- for n in (1..3) -%}
  <b>three</b>
  {{ n }}<u>four</u>
{% endfor %}
{% # a comment
# over lines %}
<i>last</i>
{% endif %}
"""


@pytest.mark.parametrize(
    ("shown", "line"),
    [("one", 1), ("a\nb", 3), ("<b>three", 5), ("<u>four", 6), ("<i>last", 10)],
)
def test_the_line_that_wrote_a_place_is_found(shown: str, line: int) -> None:
    data = {"name": "a\nb"}
    assert source_line(LINES, data, render(LINES, data).rindex(shown)) == line


@pytest.mark.parametrize(
    "source",
    [
        "{% capture a %}one\ntwo{% endcapture %}{{ a | size }}\n<b>",  # The marks would be counted.
        "<p>\ue0001\ue001</p>\n<b>",  # The text holds what marks are made of.
        "{% assign a = '%}' %}\n{{ a }}{{ '}}' }}\n{{ absent",
    ],
)
def test_a_line_that_cannot_be_told_is_not_guessed(source: str) -> None:
    assert source_line(source, {}, 3) == 0


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "x",
                "\n",
                "  ",
                "{{ a }}",
                "{%- if b -%}",
                "{% endif %}",
                "{{- a -}}",
                "{% for i in c %}",
                "{% endfor %}",
            ]
        ),
        max_size=20,
    ).map("".join)
)
def test_a_line_that_is_told_holds_the_place(source: str) -> None:
    data = {"a": "A\n", "b": True, "c": ["1", "2"]}
    try:
        html = render(source, data)
    except TemplateRefused:
        return
    for position in range(len(html)):
        line = source_line(source, data, position)
        if html[position] in "<px>":
            assert html[position] in source.split("\n")[line - 1]
