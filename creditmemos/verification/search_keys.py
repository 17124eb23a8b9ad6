"""What must hold of search keys: what their rows say, folded (I26). Python folds, so Python compares."""

from collections.abc import Iterator
from itertools import islice

from core.search_keys import with_keys, wrong
from creditmemos.verification.rules import SHOWN, Breach


def breaches() -> Iterator[Breach]:
    """A breach for each table with keys that are not what they should be."""
    for model in with_keys():
        ids = tuple(str(pk) for pk, _right in islice(wrong(model), SHOWN))
        if ids:
            yield Breach("I26", "search keys are not what is written beside them", str(model._meta.verbose_name), ids)
