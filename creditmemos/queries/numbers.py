"""The numbers that come next under some settings: for their preview, and to refuse those that exist already."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.db.models.functions import Length, Right

from companies.models import MarketplaceSettings, MerchantOfRecord
from documents.domain import patterns
from documents.domain.kinds import kind_called, numbered
from documents.models import NumberSeries
from documents.operations import numbering


@dataclass(frozen=True, slots=True)
class NextNumber:
    """The next number of one merchant and kind of document, and the day that it would carry."""

    merchant: MerchantOfRecord
    kind: str
    prefix: str
    sequence: int
    on: date

    @property
    def number(self) -> str:
        """The number as printed."""
        return patterns.render(self.prefix, sequence=self.sequence, on=self.on, merchant_code=self.merchant.code)


def next_numbers(settings: MarketplaceSettings, *, today: date) -> list[NextNumber]:
    """What every merchant of the marketplace would number next under these settings, which need not be stored."""
    merchants = MerchantOfRecord.objects.filter(marketplace_id=settings.marketplace_id).select_related("company")
    series: dict[int, list[NumberSeries]] = defaultdict(list)
    for one in NumberSeries.objects.filter(marketplace_id=settings.marketplace_id):
        series[one.merchant_id].append(one)
    found = []
    for merchant in merchants.order_by("pk"):
        for kind in numbered():
            sequence, on = numbering.upcoming(
                series[merchant.pk],
                kind=kind.name,
                shared=settings.shared_numbers,
                yearly=settings.yearly_reset,
                today=today,
            )
            found.append(NextNumber(merchant, kind.name, kind.prefix(settings), sequence, on))
    return found


def first_taken(upcoming: NextNumber, *, shared: bool) -> str | None:
    """A number that a document has already and that this series would come to from its next one on; None is good."""
    code = upcoming.merchant.code
    digits = f"{upcoming.sequence:0{patterns.DIGITS}}"
    size = len(patterns.expand(upcoming.prefix, on=upcoming.on, merchant_code=code)) + len(digits)
    for kind in numbered() if shared else [kind_called(upcoming.kind)]:
        again = (
            kind.documents()
            .filter(
                merchant=upcoming.merchant,
                number__regex=patterns.future(upcoming.prefix, on=upcoming.on, merchant_code=code),
            )
            .annotate(size=Length("number"), digits=Right("number", len(digits)))
        )
        later = again.filter(Q(size__gt=size) | Q(size=size, digits__gte=digits))
        number = later.order_by("size", "digits").values_list("number", flat=True).first()
        if number is not None:
            return str(number)
    return None
