from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace import money
from marketplace.errors import Refused


@pytest.mark.parametrize(
    ("rate_minor", "minutes", "earning", "why"),
    [
        (2000, 60, 2000, "an hour earns the rate"),
        (2000, 1, 33, "33.33… rounds down"),
        (2000, 2, 67, "66.66… rounds up"),
        (1, 30, 1, "exactly half rounds up"),
        (1, 29, 0, "less than half rounds down"),
        (3, 10, 1, "0.5 rounds up"),
        (2273, 435, 16479, "7.25 h at 22.73"),
        (1999, 50, 1666, "16.658… rounds up"),
        (1_000_000, 960, 16_000_000, "the highest rate, the longest entry"),
        (1500, 7, 175, "whole cents stay whole"),
    ],
)
def test_an_earning_is_rounded_half_up_once(rate_minor, minutes, earning, why):
    assert money.earning_minor(rate_minor, minutes) == earning, why


@given(st.integers(1, 10**6), st.integers(1, 960))
def test_an_earning_is_what_decimal_arithmetic_says(rate_minor, minutes):
    exact = (Decimal(rate_minor) * minutes / 60).quantize(Decimal(1), ROUND_HALF_UP)
    assert money.earning_minor(rate_minor, minutes) == exact


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("23.00", "USD", 2300),
        ("23", "USD", 2300),
        (" 0.5 ", "EUR", 50),
        ("-1.25", "USD", -125),
        ("1500", "JPY", 1500),
        ("1.234", "KWD", 1234),
    ],
)
def test_an_amount_is_read_in_the_digits_of_its_currency(text, currency, minor):
    assert money.parse_minor(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [("23.001", "USD"), ("1.5", "JPY"), ("", "USD"), ("ten", "USD"), ("1,5", "USD"), ("NaN", "USD"), ("1e40", "USD")],
)
def test_what_is_no_amount_is_refused(text, currency):
    with pytest.raises(Refused, match="is not an amount"):
        money.parse_minor(text, currency)


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
@given(minor=st.integers(-(10**14), 10**14))
def test_what_is_written_plainly_reads_back_the_same(currency, minor):
    assert money.parse_minor(money.plain(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "shown"), [(123456, "USD", "$1,234.56"), (1500, "JPY", "¥1,500"), (-5, "EUR", "-€0.05")]
)
def test_an_amount_is_written_as_its_currency_is(minor, currency, shown):
    assert money.written(minor, currency) == shown
