"""Money as integer minor units beside an ISO 4217 code; amounts of two currencies never meet."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel.numbers import format_currency, get_currency_precision, list_currencies

from marketplace.errors import Refused
from marketplace.words import say

CURRENCIES = frozenset(list_currencies("en"))


def earning_minor(rate_minor: int, minutes: int) -> int:
    """Return what *minutes* of work earn at *rate_minor* an hour, rounded half up, in minor units."""
    return (rate_minor * minutes * 2 + 60) // 120


def parse_minor(text: str, currency: str) -> int:
    """Return the minor units of an amount written with a dot, such as ``"23.00"``.

    Raises Refused when *text* is no amount or has more digits than the currency knows.
    """
    try:
        amount = Decimal(text.strip())
        minor = amount.scaleb(get_currency_precision(currency))
        if not amount.is_finite() or minor != minor.to_integral_value() or abs(minor) >= 10**15:
            raise InvalidOperation
    except InvalidOperation:
        raise Refused(
            say("“%(text_)s” is not an amount in %(currency)s; write it like 23.00.", text_=text, currency=currency)
        ) from None
    return int(minor)


def in_major(minor: int, currency: str) -> Decimal:
    """Return *minor* units as a decimal amount of *currency*."""
    return Decimal(minor).scaleb(-get_currency_precision(currency))


def plain(minor: int, currency: str) -> str:
    """Return *minor* as a plain number with a dot, such as ``"23.00"``, for forms and files."""
    places = get_currency_precision(currency)
    return str(in_major(minor, currency).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def written(minor: int, currency: str, locale: str = "en") -> str:
    """Return *minor* as people of *locale* write it, such as ``"$23.00"``."""
    return format_currency(in_major(minor, currency), currency, locale=locale)
