"""What a bank says of payments, read from its file: pain.002 (001.03 and 001.10) or CSV.  The files are strangers'.

CSV, in UTF-8, with comma or semicolon and this first line:
``end_to_end_id,state,amount,currency,reference,reason``.  *state*: paid, failed, returned or under_way; *amount* with
a dot, such as 23.00; paid needs a reference, failed and returned a reason.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from marketplace import money
from marketplace.bankfiles.rules import (
    LARGEST_FILE,
    LONGEST_ID,
    LONGEST_TEXT,
    MOST_ROWS,
    NO_REASON,
    Result,
    Said,
)
from marketplace.errors import Refused
from marketplace.words import say

COLUMNS = ("end_to_end_id", "state", "amount", "currency", "reference", "reason")
NAMESPACES = tuple(f"urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}" for version in ("03", "10"))
# ISO 20022 external code set, ExternalPaymentTransactionStatus1Code.
SAID = {"ACSC": Said.PAID, "ACCC": Said.PAID, "RJCT": Said.FAILED, "CANC": Said.FAILED} | dict.fromkeys(
    ("ACCP", "ACSP", "ACTC", "ACWC", "ACFC", "PDNG", "RCVD", "PATC", "ACWP"), Said.UNDER_WAY
)
ROWS_TOLD = 5
LONGEST_REASON = 300
NOT_READ = (
    "This file cannot be read. Give a pain.002 message or a CSV file with the columns " + ", ".join(COLUMNS) + "."
)


@dataclass(frozen=True, slots=True)
class Read:
    """What stands in a bank's file; *kind* is the name of its format."""

    kind: str
    results: Sequence[Result]


def parse_results(content: bytes) -> Read:
    """Return what the file says; raises Refused, naming the rows, where any of it cannot be understood."""
    if len(content) > LARGEST_FILE:
        raise Refused(say("The file is larger than 5 MiB. Ask the bank for one file a run."), field="file")
    if not content.strip():
        raise Refused(say("The file is empty."), field="file")
    head = content.lstrip(b"\xef\xbb\xbf \r\n\t")[:4]
    is_xml = head.startswith((b"<", b"\xff\xfe", b"\xfe\xff"))
    read = _pain002(content) if is_xml else Read("CSV", _told(_csv_rows(content)))
    if not read.results:
        raise Refused(
            say("The file names no payment. Ask the bank for one that says what became of each."), field="file"
        )
    return read


def _told(rows: Iterator[Result | str]) -> list[Result]:
    """Return the results; raises Refused with the first few mistakes where there are any."""
    results: list[Result] = []
    wrong: list[str] = []
    for row in rows:
        (wrong if isinstance(row, str) else results).append(row)  # type: ignore[arg-type]
        if len(results) + len(wrong) > MOST_ROWS:
            raise Refused(say("The file has more than %(most_rows)s rows.", most_rows=f"{MOST_ROWS:,}"), field="file")
    if wrong:
        more = f" And {len(wrong) - ROWS_TOLD} more." if len(wrong) > ROWS_TOLD else ""
        raise Refused(
            say("Nothing was imported. %(wrong)s%(more)s", wrong=" ".join(wrong[:ROWS_TOLD]), more=more), field="file"
        )
    return results


def _csv_rows(content: bytes) -> Iterator[Result | str]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(say("The file is not written in UTF-8. Save it as “CSV UTF-8”."), field="file") from None
    if "\x00" in text:
        raise Refused(NOT_READ, field="file")
    first = text.lstrip().splitlines()[0]
    reader = csv.DictReader(io.StringIO(text.lstrip(), newline=""), delimiter=";" if ";" in first else ",", strict=True)
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        if missing := [name for name in COLUMNS if name not in names]:
            said = f"The first line lacks {', '.join(missing)}. It is: {','.join(COLUMNS)}"
            raise Refused(said, field="file")
        reader.fieldnames = names
        for number, row in enumerate(reader, start=1):
            yield _csv_row(number, {name: (row.get(name) or "").strip() for name in COLUMNS})
    except csv.Error as error:
        raise Refused(
            say("Line %(line_num)s of the file cannot be read: %(error)s.", line_num=reader.line_num, error=error),
            field="file",
        ) from None


def _csv_row(number: int, row: Mapping[str, str]) -> Result | str:
    words = row["state"].lower().replace(" ", "_")
    if words not in set(Said):
        return f"Row {number}: “{row['state'][:20]}” is no state; write paid, failed, returned or under_way."
    said = Said(words)
    if said is Said.PAID and not row["reference"]:
        return f"Row {number}: paid needs the bank's reference."
    if said in {Said.FAILED, Said.RETURNED} and not row["reason"]:
        return f"Row {number}: {said} needs a reason; the annotator reads it."
    return _result(number, row["end_to_end_id"], said, row["amount"], row["currency"], row["reference"], row["reason"])


def _result(
    number: int, end_to_end_id: str, said: Said, amount: str, currency: str, reference: str, reason: str
) -> Result | str:
    if not 1 <= len(end_to_end_id) <= LONGEST_ID:
        return f"Row {number}: the end-to-end id has 1 to {LONGEST_ID} characters."
    if currency and currency not in money.CURRENCIES:
        return f"Row {number}: “{currency[:10]}” is no currency."
    if amount and not currency:
        return f"Row {number}: an amount needs a currency."
    try:
        minor = money.parse_minor(amount, currency) if amount else None
    except Refused as refusal:
        return f"Row {number}: {refusal.message[:100]}"
    return Result(number, end_to_end_id, said, minor, currency, reference[:LONGEST_TEXT], reason[:LONGEST_REASON])


def _pain002(content: bytes) -> Read:
    report, namespace = _report(content)
    message_id = _text(report, "p:GrpHdr/p:MsgId", namespace)
    found = report.iterfind("p:OrgnlPmtInfAndSts/p:TxInfAndSts", {"p": namespace})
    rows = (_status(number, one, namespace, message_id) for number, one in enumerate(found, start=1))
    return Read(namespace.rpartition(":")[2], _told(rows))


def _report(content: bytes) -> tuple[etree._Element, str]:
    """Return the report inside the message and its namespace; what is declared in the file is never followed."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Refused(NOT_READ, field="file") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused(
            say("The file declares a document type, which no bank's message does. It is not read."), field="file"
        )
    for namespace in NAMESPACES:
        report = root.find("p:CstmrPmtStsRpt", {"p": namespace})
        if root.tag == f"{{{namespace}}}Document" and report is not None:
            return report, namespace
    raise Refused("This is no pain.002.001.03 or pain.002.001.10 message. " + NOT_READ, field="file")


def _status(number: int, status: etree._Element, namespace: str, message_id: str) -> Result | str:
    code = _text(status, "p:TxSts", namespace)
    if code not in SAID:
        return f"Row {number}: “{code[:10]}” is a status that is not known here."
    amount = status.find("p:OrgnlTxRef/p:Amt/p:InstdAmt", {"p": namespace})
    said = SAID[code]
    words = [_text(status, f"p:StsRsnInf/p:{path}", namespace) for path in ("Rsn/p:Cd", "Rsn/p:Prtry", "AddtlInf")]
    reason = ": ".join(word for word in words if word) or NO_REASON
    return _result(
        number,
        _text(status, "p:OrgnlEndToEndId", namespace),
        said,
        (amount.text or "").strip() if amount is not None else "",
        amount.get("Ccy", "") if amount is not None else "",
        _text(status, "p:AcctSvcrRef", namespace) or message_id,
        reason if said is Said.FAILED else "",
    )


def _text(element: etree._Element, path: str, namespace: str) -> str:
    found = element.find(path, {"p": namespace})
    return (found.text or "").strip() if found is not None else ""
