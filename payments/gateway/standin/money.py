"""Which amounts Stripe takes, by its own published rules: the adapter's table is checked against another hand."""

from payments.gateway.standin.errors import ApiError

LARGEST = 99_999_999
_WITH_TWO = """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc
    cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr
    kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk
    php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd stn svc szl thb tjs top try ttd twd tzs uah ugx
    usd uyu uzs wst xcd yer zar zmw
"""
_WITH_NONE = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
_WITH_THREE = "bhd jod kwd omr tnd"
CURRENCIES = frozenset(f"{_WITH_TWO} {_WITH_NONE} {_WITH_THREE}".split())
SMALLEST = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30,
    "hkd": 400, "huf": 17_500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200,
    "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
"""What a charge has at least, in the smallest unit; other currencies: what these are worth."""


def check_amount(amount: int, currency: str) -> None:
    """Refuse what can't be charged."""
    if currency not in CURRENCIES:
        message = (
            f"Invalid currency: {currency}. Stripe currently supports these currencies: {', '.join(sorted(CURRENCIES))}"
        )
        raise ApiError(400, message, param="currency")
    if amount < 1:
        message = "This value must be greater than or equal to 1."
        raise ApiError(400, message, code="parameter_invalid_integer", param="amount")
    if amount < SMALLEST.get(currency, 1):
        message = f"Amount must be no less than {SMALLEST[currency]} {currency}"
        raise ApiError(400, message, code="amount_too_small", param="amount")
    if amount > LARGEST:
        raise ApiError(400, f"Amount must be no more than {LARGEST}", code="amount_too_large", param="amount")
    step = 10 if currency in _WITH_THREE.split() else 100 if currency in {"isk", "ugx"} else 1
    if amount % step:
        message = f"Invalid {currency.upper()} amount: it must be divisible by {step}."
        raise ApiError(400, message, code="parameter_invalid_integer", param="amount")


def amount_text(amount: int, currency: str) -> str:
    """An amount for the customer, such as ``EUR 12.00``."""
    decimals = 0 if currency in _WITH_NONE.split() else 3 if currency in _WITH_THREE.split() else 2
    whole, rest = divmod(amount, 10**decimals)
    return f"{currency.upper()} {whole}" + (f".{rest:0{decimals}}" if decimals else "")
