import csv
import io
import random
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from lxml import etree

from marketplace.bankfiles.reading import COLUMNS, parse_results
from marketplace.bankfiles.rules import (
    LARGEST_FILE,
    Debtor,
    Finding,
    Order,
    Payment,
    Said,
    Sent,
    reconcile,
)
from marketplace.bankfiles.writing import NAMESPACE, latin, pain001
from marketplace.errors import Refused
from marketplace.payouts.rules import PayoutState, end_to_end_id
from tests.bankfiles.banks import csv_of, pain002_of

DEBTOR = Debtor("Fairmatch GmbH", "DE89370400440532013000", "COBADEFFXXX")
AT = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)
N = {"p": NAMESPACE}


def payment(number: int, amount_minor: int = 2000, currency: str = "EUR", name: str = "Ada Byron") -> Payment:
    known = end_to_end_id(1, number)
    return Payment(known, amount_minor, currency, name, "AT611904300234573201", "", "Fairmatch, payout run 1")


def order(*payments: Payment) -> Order:
    return Order("FM-RUN-1", AT, DEBTOR, payments)


def sent(number: int, amount_minor: int = 2000, state: PayoutState = PayoutState.IN_TRANSIT) -> Sent:
    return Sent(number, end_to_end_id(1, number), amount_minor, "EUR", state)


def row(number: int, state: str = "paid", amount: str = "20.00", **more: str) -> dict[str, str]:
    reason = "" if state == "paid" else "Account closed"
    row = dict(zip(COLUMNS, (end_to_end_id(1, number), state, amount, "EUR", f"B-{number}", reason), strict=True))
    return row | more


def test_a_run_in_euro_is_a_valid_message_of_sepa_transfers_with_exact_sums():
    amounts = [1, 10, 999_999_999_99, 33]
    content = pain001(order(*(payment(number, amount) for number, amount in enumerate(amounts))))
    message = etree.fromstring(content)
    said = [Decimal(one.text) for one in message.iterfind(".//p:InstdAmt", N)]
    assert sum(said) == Decimal("1000000000.43")
    assert [one.text for one in message.iterfind(".//p:CtrlSum", N)] == ["1000000000.43"] * 2
    assert [one.text for one in message.iterfind(".//p:NbOfTxs", N)] == ["4"] * 2
    assert message.findtext(".//p:SvcLvl/p:Cd", namespaces=N) == "SEPA"
    assert [one.text for one in message.iterfind(".//p:EndToEndId", N)] == ["FM-1-0", "FM-1-1", "FM-1-2", "FM-1-3"]
    assert content == pain001(order(*(payment(number, amount) for number, amount in enumerate(amounts))))


@pytest.mark.parametrize(("currency", "minor", "written"), [("USD", 2005, "20.05"), ("JPY", 2005, "2005")])
def test_other_currencies_are_no_sepa_transfers_and_keep_their_own_decimals(currency, minor, written):
    message = etree.fromstring(pain001(order(payment(1, minor, currency))))
    assert message.find(".//p:SvcLvl", N) is None
    assert message.findtext(".//p:InstdAmt", namespaces=N) == written
    assert message.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=N) == written
    assert message.findtext(".//p:ChrgBr", namespaces=N) == "SHAR"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("李安", "Li An"),
        ("Zoë Müller-Ångström", "Zoe Muller-Angstrom"),
        ("<b>Eve</b> & =cmd|'/C calc'!A0", "b Eve /b cmd '/C calc' A0"),
        ("//a//b/", "a/b"),
        ("\U0001f600", "NOTPROVIDED"),
        ("x" * 200, "x" * 70),
    ],
)
def test_names_are_written_in_the_letters_that_banks_take(name, written):
    assert latin(name, 70) == written
    message = etree.fromstring(pain001(order(payment(1, name=name))))
    assert message.findtext(".//p:Cdtr/p:Nm", namespaces=N) == written


@pytest.mark.parametrize(
    ("payments", "why"),
    [
        ([], "Nobody in this run"),
        ([payment(1), payment(2, currency="USD")], "one currency"),
        ([payment(1), payment(1)], "same id"),
        ([payment(1, 0)], "pays nothing"),
        ([payment(1, 100_000_000_000)], "more than one SEPA transfer"),
        ([replace(payment(1), iban="nonsense")], "would not follow the standard"),
        ([replace(payment(1), end_to_end_id="x" * 36)], "would not follow the standard"),
    ],
)
def test_no_file_is_handed_out_that_a_bank_would_refuse(payments, why):
    with pytest.raises(Refused, match=why):
        pain001(order(*payments))


@pytest.mark.parametrize("version", ["03", "10"])
def test_a_status_report_says_what_became_of_each_payment(version):
    rows = [row(1), row(2, "failed"), row(3, "under_way")]
    read = parse_results(pain002_of(rows, version))
    assert read.kind == f"pain.002.001.{version}"
    assert [(one.said, one.amount_minor) for one in read.results] == [
        (Said.PAID, 2000),
        (Said.FAILED, 2000),
        (Said.UNDER_WAY, 2000),
    ]
    assert read.results[0].reference == "B-1"
    assert read.results[1].reason == "AC04: Account closed"


def test_a_status_report_may_leave_out_amount_reference_and_reason():
    bare = [row(1, amount="", reference=""), row(2, "failed", amount="", reason="")]
    paid, failed = parse_results(pain002_of(bare, "10")).results
    assert (paid.amount_minor, paid.reference) == (None, "BANK-1")
    assert failed.reason == "AC04"


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_csv_file_is_read_with_either_delimiter_and_a_byte_order_mark(delimiter):
    content = b"\xef\xbb\xbf" + csv_of([row(1), row(2, "Returned")], delimiter)
    read = parse_results(content)
    assert [(one.row, one.said, one.amount_minor) for one in read.results] == [
        (1, Said.PAID, 2000),
        (2, Said.RETURNED, 2000),
    ]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"state": "perhaps"}, "Row 1: “perhaps” is no state"),
        ({"reference": ""}, "Row 1: paid needs the bank's reference"),
        ({"state": "failed", "reason": ""}, "Row 1: failed needs a reason"),
        ({"amount": "20.001"}, "Row 1: .*not an amount in EUR"),
        ({"amount": "NaN"}, "Row 1: .*not an amount"),
        ({"amount": "1e400"}, "Row 1: .*not an amount"),
        ({"currency": "XXQ"}, "Row 1: .*no currency"),
        ({"currency": ""}, "Row 1: an amount needs a currency"),
        ({"end_to_end_id": ""}, "Row 1: the end-to-end id"),
        ({"end_to_end_id": "x" * 36}, "Row 1: the end-to-end id"),
    ],
)
def test_a_row_that_makes_no_sense_is_named_and_nothing_is_imported(wrong, why):
    with pytest.raises(Refused, match=why):
        parse_results(csv_of([row(1) | wrong, row(2)]))


ENTITIES = "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghijy", "bcdefghijyz", strict=True)
)
BOMB = f'<?xml version="1.0"?><!DOCTYPE D [<!ENTITY a "ha">{ENTITIES}]><D>&z;</D>'


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"x" * (LARGEST_FILE + 1), "larger than 5 MiB"),
        (BOMB.encode(), "document type|cannot be read"),
        (b'<!DOCTYPE D [<!ENTITY x SYSTEM "file:///etc/passwd">]><D>&x;</D>', "document type"),
        (b'<!DOCTYPE D SYSTEM "http://192.0.2.1/x.dtd"><D/>', "document type"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE D [<!ENTITY x "y">]><D/>'.encode("utf-16"), "document type"),
        (b"<a>" * 5000, "cannot be read"),
        (b"<Document", "cannot be read"),
        (b"<Document/>", "no pain.002"),
        (pain002_of([], "10"), "names no payment"),
        (pain002_of([row(1)], "10").replace(b"ACSC", b"WHAT"), "Row 1: “WHAT” is a status"),
        (b"a,b\n1,2\n", "The first line lacks"),
        (csv_of([]), "names no payment"),
        (csv_of([row(1)]).replace(b"B-1", b"B\x00"), "cannot be read"),
        (b"\x80\x81,abc", "UTF-8"),
        (csv_of([]) + b'"unclosed', "cannot be read"),
    ],
)
def test_hostile_and_broken_files_are_refused_in_words(content, why):
    with pytest.raises(Refused, match=why):
        parse_results(content)


def test_of_a_thousand_payouts_fifty_planted_mismatches_are_found_and_no_other():
    chance = random.Random(2026)
    ours = [sent(number, chance.randrange(1, 500_000)) for number in range(1, 1001)]
    rows = [row(one.payout_id, amount=f"{Decimal(one.amount_minor) / 100:.2f}") for one in ours]
    odd = chance.sample(range(1000), 40)
    planted: dict[str, Finding] = {}
    for place in odd[:13]:
        rows[place]["amount"] = f"{Decimal(ours[place].amount_minor + chance.choice((1, 100))) / 100:.2f}"
        planted[ours[place].end_to_end_id] = Finding.AMOUNT_DIFFERS
    for place in odd[13:26]:
        planted[ours[place].end_to_end_id] = Finding.MISSING_THERE
    for place in odd[26:38]:
        planted[ours[place].end_to_end_id] = Finding.STATE_DIFFERS
        ours[place] = replace(ours[place], state=PayoutState.FAILED)
    kept = [one for place, one in enumerate(rows) if place not in odd[13:26]]
    for number in range(9001, 9013):
        kept.append(row(number, amount="12.34"))
        planted[end_to_end_id(1, number)] = Finding.MISSING_HERE
    chance.shuffle(kept)
    assert len(planted) == 50
    for content in (csv_of(kept), pain002_of(kept, "10")):
        found = reconcile(ours, parse_results(content).results)
        named = {one.end_to_end_id: one.finding for one in found.mismatches}
        assert named == planted
        assert len(found.mismatches) == 50
        assert len(found.of(Finding.MATCHED)) == 1000 - 38


def test_rows_named_twice_in_another_currency_or_not_final_are_told_apart():
    ours = [sent(1), sent(2), sent(3), sent(4, state=PayoutState.PAID), sent(5, state=PayoutState.PAID)]
    rows = [row(1), row(1), row(2, currency="USD"), row(3, "under_way"), row(4, "returned")]
    found = reconcile(ours, parse_results(csv_of(rows)).results)
    assert [one.finding for one in found.rows] == [
        Finding.DUPLICATE,
        Finding.DUPLICATE,
        Finding.CURRENCY_DIFFERS,
        Finding.UNDER_WAY,
        Finding.MATCHED,
    ]


def test_what_csv_of_writes_is_what_the_columns_say():
    assert next(csv.reader(io.StringIO(csv_of([]).decode()))) == list(COLUMNS)
