"""Credit memos, their lines, and the applications that use them."""

from creditmemos.models.application import Application, InvoicePart, MemoPart
from creditmemos.models.lines import CreditMemoLine, CreditMemoLineTax
from creditmemos.models.memo import CreditMemo, CreditMemoQuerySet
from creditmemos.models.reason import CreditReason

__all__ = [
    "Application",
    "CreditMemo",
    "CreditMemoLine",
    "CreditMemoLineTax",
    "CreditMemoQuerySet",
    "CreditReason",
    "InvoicePart",
    "MemoPart",
]
