"""axe finds nothing, wide or narrow, in light or in dark."""

from collections.abc import Callable

import pytest

from tests.journeys.inspecting import TOURS, Inspector, look_around, look_as_others
from tests.journeys.office import Office

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("tour", TOURS)
def test_nothing_stands_in_anybodys_way(office: Office, tour: Callable[[Inspector], None]) -> None:
    look_around(office, tour)


def test_nor_in_a_customers_or_a_developers(office: Office) -> None:
    look_as_others(office)
