"""How fields are laid out, whatever form they are in."""

import re

import pytest
from django import forms

from web.forms import PageForm


class Choosing(PageForm):
    when = forms.ChoiceField(choices=[("now", "Now"), ("next", "With the next period")], widget=forms.RadioSelect)


def test_each_radio_button_stands_in_its_own_label_and_no_box_looks_like_one() -> None:
    html = str(Choosing({"when": "next"})["when"])
    assert html.count('type="radio"') == html.count("<label") == 2
    assert 'for="id_when_1"' in html
    assert html.split("<label")[2].count("checked") == 1
    assert '<div id="id_when" class="checks">' in html


class Letter(PageForm):
    """Something hidden, something closed, and two boxes."""

    key = forms.CharField(widget=forms.HiddenInput, required=False)
    shut = forms.CharField(disabled=True, required=False)
    to = forms.CharField()
    text = forms.CharField()


class Pick(PageForm):
    """Begins with a choice of boxes."""

    way = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)
    text = forms.CharField()


class Chosen(PageForm):
    """Says itself where it begins."""

    first = forms.CharField()
    second = forms.CharField(widget=forms.TextInput({"autofocus": True}))


@pytest.mark.parametrize(
    ("form", "name"),
    [
        (Letter(), "to"),
        (Letter({"to": "Anna", "text": ""}), "text"),
        (Letter({"to": "", "text": ""}), "to"),
        (Letter({"to": "Anna", "text": "Hello"}), ""),
        (Pick(), ""),
        (Chosen(), "second"),
        (Chosen({"first": "", "second": "b"}), "first"),
        (Chosen({"first": "a", "second": "b"}), ""),
    ],
)
def test_the_cursor_is_in_the_first_field_or_the_first_wrong_one(form: PageForm, name: str) -> None:
    form.place_cursor()
    assert re.findall(r'name="(\w+)"[^>]*autofocus', str(form)) == [name] * bool(name)
