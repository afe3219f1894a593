"""The ISO 20022 message pain.001.001.09 of a run: written, and held against its schema before anyone gets it.

sepaxml ships the schemas; its own writer makes up ids and the time and knows only two decimals, so that the same run
would give another file each time, and a wrong one in yen.
"""

import re
from datetime import UTC
from functools import cache
from importlib import resources

from babel.numbers import get_currency_precision
from lxml import etree
from lxml.builder import ElementMaker
from text_unidecode import unidecode

from marketplace import money
from marketplace.bankfiles.rules import LONGEST_NAME, LONGEST_TEXT, Debtor, Order, Payment
from marketplace.errors import Refused
from marketplace.words import say

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
SEPA_CURRENCY = "EUR"
# AT-004 of the SEPA rule books.
LARGEST_SEPA = 999_999_999_99
MOST_FRACTION_DIGITS = 5
OUTSIDE = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]+")
E = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE})


def pain001(order: Order) -> bytes:
    """Return the message for the bank, the same bytes for the same *order*; raises Refused where no bank would take it.

    In euro these are SEPA credit transfers; in other currencies plain transfers whose costs are shared.
    """
    currency = _refuse_unsendable(order)
    total = money.plain(sum(one.amount_minor for one in order.payments), currency)
    count = str(len(order.payments))
    is_sepa = currency == SEPA_CURRENCY
    instruction = E.PmtInf(
        E.PmtInfId(order.message_id),
        E.PmtMtd("TRF"),
        E.BtchBookg("true"),
        E.NbOfTxs(count),
        E.CtrlSum(total),
        *([E.PmtTpInf(E.SvcLvl(E.Cd("SEPA")))] if is_sepa else []),
        E.ReqdExctnDt(E.Dt(order.made_at.astimezone(UTC).date().isoformat())),
        E.Dbtr(E.Nm(latin(order.debtor.name, LONGEST_NAME))),
        _account(order.debtor.iban, "DbtrAcct"),
        E.DbtrAgt(_bank(order.debtor)),
        E.ChrgBr("SLEV" if is_sepa else "SHAR"),
        *map(_transfer, order.payments),
    )
    header = E.GrpHdr(
        E.MsgId(order.message_id),
        E.CreDtTm(order.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
        E.NbOfTxs(count),
        E.CtrlSum(total),
        E.InitgPty(E.Nm(latin(order.debtor.name, LONGEST_NAME))),
    )
    document = E.Document(E.CstmrCdtTrfInitn(header, instruction))
    if not _schema().validate(document):
        found = _schema().error_log.last_error
        raise Refused(say("The file would not follow the standard: %(why)s", why=found.message if found else "unknown"))
    return bytes(etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def latin(text: str, longest: int) -> str:
    """Return *text* in the letters that every bank takes, such as ``"Li An"`` for 李安, at most *longest* of them."""
    kept = " ".join(OUTSIDE.sub(" ", unidecode(text)).split())[:longest].strip()
    # A field must not begin with a slash nor hold two of them (EPC217-08, 1.2).
    return re.sub("/{2,}", "/", kept).strip("/ ") or "NOTPROVIDED"


def _refuse_unsendable(order: Order) -> str:
    """Return the one currency of *order*."""
    if not order.payments:
        raise Refused(say("Nobody in this run is paid by the bank, so there is no file."))
    currencies = {one.currency for one in order.payments}
    if len(currencies) > 1:
        raise Refused(say("A bank file holds one currency."))
    if len({one.end_to_end_id for one in order.payments}) < len(order.payments):
        raise Refused(say("Two payments have the same id."))
    for one in order.payments:
        if one.amount_minor <= 0:
            raise Refused(say("%(end_to_end_id)s pays nothing.", end_to_end_id=one.end_to_end_id))
        if one.currency == SEPA_CURRENCY and one.amount_minor > LARGEST_SEPA:
            raise Refused(
                say(
                    "%(end_to_end_id)s is more than one SEPA transfer can hold (999,999,999.99 euro).",
                    end_to_end_id=one.end_to_end_id,
                )
            )
    (currency,) = currencies
    if get_currency_precision(currency) > MOST_FRACTION_DIGITS:
        raise Refused(say("The standard does not write %(currency)s that exactly.", currency=currency))
    return currency


def _transfer(payment: Payment) -> etree._Element:
    amount = E.InstdAmt(money.plain(payment.amount_minor, payment.currency), Ccy=payment.currency)
    return E.CdtTrfTxInf(
        E.PmtId(E.EndToEndId(payment.end_to_end_id)),
        E.Amt(amount),
        *([E.CdtrAgt(_bank(payment))] if payment.bic else []),
        E.Cdtr(E.Nm(latin(payment.name, LONGEST_NAME))),
        _account(payment.iban, "CdtrAcct"),
        E.RmtInf(E.Ustrd(latin(payment.text, LONGEST_TEXT))),
    )


def _account(iban: str, tag: str) -> etree._Element:
    return E(tag, E.Id(E.IBAN(iban)))


def _bank(party: Debtor | Payment) -> etree._Element:
    return E.FinInstnId(E.BICFI(party.bic) if party.bic else E.Othr(E.Id("NOTPROVIDED")))


@cache
def _schema() -> etree.XMLSchema:
    shipped = resources.files("sepaxml").joinpath("schemas", "pain.001.001.09.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(shipped))
