"""The marketplace's limit and window: what widens is asked for, what narrows holds at once."""

import pytest

from companies.domain.widening import widening_settings


@pytest.mark.parametrize(
    ("before", "after", "widens"),
    [
        ({"credit_limit": None}, {"credit_limit": 5}, False),
        ({"credit_limit": 5}, {"credit_limit": 4}, False),
        ({"credit_limit": 5}, {"credit_limit": 6}, True),
        ({"credit_limit": 5}, {"credit_limit": None}, True),
        ({"credit_limit": 0}, {"credit_limit": None}, True),
        ({"credit_window_days": 30}, {"credit_window_days": 60}, False),
        ({"credit_window_days": 30}, {"credit_window_days": 29}, True),
    ],
)
def test_what_widens(before: dict[str, object], after: dict[str, object], widens: bool) -> None:
    assert widening_settings(before, after) == (list(before) if widens else [])
