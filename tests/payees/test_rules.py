from datetime import UTC, date, datetime, timedelta

import pytest

from marketplace.errors import Refused
from marketplace.payees import rules
from marketplace.payees.rules import BankDetails, Schedule, ScheduleKind

WEEKLY, TWICE, MONTHLY = ScheduleKind.WEEKLY, ScheduleKind.TWICE_A_MONTH, ScheduleKind.MONTHLY


@pytest.mark.parametrize(
    ("typed", "country", "last_four", "bic"),
    [
        ("DE89 3704 0044 0532 0130 00", "DE", "3000", "COBADEFFXXX"),
        ("de89370400440532013000", "DE", "3000", "COBADEFFXXX"),
        ("IBAN: GB82 WEST 1234 5698 7654 32", "GB", "5432", ""),
        ("FR14\u00a02004 1010 0505 0001 3m02 606", "FR", "2606", "PSSTFRPP"),
        ("NL91ABNA0417164300", "NL", "4300", "ABNANL2A"),
    ],
)
def test_an_account_number_is_read_as_people_type_it(typed, country, last_four, bic):
    found = rules.read_iban(typed)
    assert (found.country, found.last_four, found.bic) == (country, last_four, bic)
    assert rules.masked(found.country, found.last_four) == f"{country}•• •••• {last_four}"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "not an IBAN"),
        ("my account", "not an IBAN"),
        ("12345678", "not an IBAN"),
        ("DE٨٩ 3704 0044 0532 0130 00", "not an IBAN"),
        ("DE89-3704-0044", "not an IBAN"),
        ("US8937040044053201300", "No IBAN begins with US"),
        ("DE8937040044053201300", "Germany (DE) has 22 characters; this one has 21"),
        ("DE88 3704 0044 0532 0130 00", "check digits"),
        ("DE89 3704 0044 0532 0103 00", "check digits"),
        ("GB82 1234 1234 5698 7654 32", "where an IBAN of United Kingdom (GB) has them"),
    ],
)
def test_what_is_no_account_number_is_refused_with_what_is_wrong(typed, said):
    with pytest.raises(Refused) as refused:
        rules.read_iban(typed)
    assert said in refused.value.message
    assert refused.value.field == "iban"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Ana Núñez", None),
        ("王小明", None),
        ("x" * 70, None),
        ("x" * 71, "at most 70"),
        ("", "Give the name"),
        ("12 34", "Give the name"),
        ("Ana\nNúñez", "cannot be seen"),
        ("Ana\u202eNúñez", "cannot be seen"),
    ],
)
def test_a_holder_is_a_name_that_banks_take(name, said):
    refusal = rules.refuse_holder(name)
    assert refusal is None if said is None else said in (refusal or "")


@pytest.mark.parametrize(
    ("schedule", "today", "next_on"),
    [
        (Schedule(WEEKLY, 5), date(2026, 11, 26), date(2026, 11, 27)),  # Thursday to Friday
        (Schedule(WEEKLY, 5), date(2026, 11, 27), date(2026, 11, 27)),  # on the day itself
        (Schedule(WEEKLY, 5), date(2026, 11, 28), date(2026, 12, 4)),
        (Schedule(WEEKLY, 1), date(2026, 12, 29), date(2027, 1, 4)),  # over the year
        (Schedule(TWICE), date(2026, 11, 1), date(2026, 11, 15)),
        (Schedule(TWICE), date(2026, 11, 16), date(2026, 11, 30)),
        (Schedule(TWICE), date(2026, 11, 30), date(2026, 11, 30)),
        (Schedule(TWICE), date(2027, 2, 16), date(2027, 2, 28)),
        (Schedule(TWICE), date(2026, 12, 31), date(2026, 12, 31)),
        (Schedule(MONTHLY, 10), date(2026, 11, 10), date(2026, 11, 10)),
        (Schedule(MONTHLY, 10), date(2026, 12, 11), date(2027, 1, 10)),
        (Schedule(MONTHLY, 31), date(2026, 11, 5), date(2026, 11, 30)),  # a shorter month
        (Schedule(MONTHLY, 31), date(2028, 2, 1), date(2028, 2, 29)),  # a leap year
        (Schedule(MONTHLY, 30), date(2027, 1, 31), date(2027, 2, 28)),
        (Schedule(MONTHLY, 1), date(2026, 12, 2), date(2027, 1, 1)),
    ],
)
def test_the_next_payout_day_follows_from_the_schedule(schedule, today, next_on):
    assert rules.next_payout_date(schedule, today) == next_on


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (None, "whenever finance makes a run"),
        (Schedule(WEEKLY, 7), "every Sunday"),
        (Schedule(TWICE), "on the 15th and the last day of every month"),
        (Schedule(MONTHLY, 10), "every month on day 10"),
        (Schedule(MONTHLY, 31), "on the last day of every month"),
    ],
)
def test_a_schedule_is_told_in_words(schedule, words):
    assert rules.schedule_words(schedule) == words


@pytest.mark.parametrize(
    ("minimum", "schedule", "day", "said"),
    [
        ("50.00", WEEKLY, 5, None),
        ("0", None, 0, None),
        ("1.234", None, 0, "not an amount"),
        ("NaN", None, 0, "not an amount"),
        ("-1", None, 0, "0 or more"),
        ("0", WEEKLY, 0, "day of the week"),
        ("0", WEEKLY, 8, "day of the week"),
        ("0", MONTHLY, 0, "day of the month"),
        ("0", TWICE, 3, "only with weekly and monthly"),
        ("0", None, 3, "only with weekly and monthly"),
    ],
)
def test_terms_are_a_sum_and_a_day_that_goes_with_the_schedule(minimum, schedule, day, said):
    if said is None:
        assert rules.read_terms(minimum, schedule, day, "USD").currency == "USD"
        return
    with pytest.raises(Refused, match=said):
        rules.read_terms(minimum, schedule, day, "USD")


def test_only_the_first_method_is_used_at_once():
    now, wait = datetime(2026, 11, 27, tzinfo=UTC), timedelta(hours=48)
    assert rules.usable_from(now, wait, is_first=True) == now
    assert rules.usable_from(now, wait, is_first=False) == now + wait


def test_the_number_is_not_in_what_a_log_would_print():
    assert "0532" not in repr(BankDetails("Ana", "DE89370400440532013000", "", "DE"))
