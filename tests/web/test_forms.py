"""How fields are laid out, whatever form they are in."""

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
