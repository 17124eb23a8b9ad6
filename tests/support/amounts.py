"""Amounts that no form may read: what people mistype and what machines send."""

REFUSED = (
    "0", "0.00", "-1", "-0", "NaN", "sNaN", "Infinity", "1e400", "0.001", "1E-3", "1e-999999", "99999999999999", "1,00,000.00",
    "1.2.3,45", "0x10", "5\u200b", "1 00", "1\u00a00000", "1\x00", "5" * 5000, "1e3", "1_000", "+5", "5.", ".5",
    "\uff11\uff12.\uff10\uff10", "\u0665", "5,,0", "USD 5", "5 £", "--5", "1.2.3", "١٢",
)  # fmt: skip
"""In a currency with two decimals; all of them are errors, none of them another amount."""
READ = {"5,00": 500, "EUR 5": 500, "5 €": 500, "5": 500, "5.5": 550, "5.50": 550, " 5 ": 500, "0.01": 1, "007": 700}
"""Text and minor units."""
REFUSED_IN_YEN = ("1.5", "1.0", "1.")
REFUSED_IN_DINARS = ("1.2345",)
