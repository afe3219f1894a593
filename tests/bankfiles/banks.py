"""A bank's answers, written by hand for tests."""

import csv
import io
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from marketplace.bankfiles.reading import COLUMNS

UNKNOWN_PAYMENT = dict(zip(COLUMNS, ("FM-0-0", "paid", "5.00", "USD", "B-0", ""), strict=True))
CODES = {"paid": "ACSC", "failed": "RJCT", "under_way": "PDNG"}


def csv_of(rows: Sequence[Mapping[str, str]], delimiter: str = ",") -> bytes:
    """Return *rows* as the CSV file that is documented."""
    content = io.StringIO()
    writer = csv.DictWriter(content, COLUMNS, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return content.getvalue().encode()


def pain002_of(rows: Sequence[Mapping[str, str]], version: str) -> bytes:
    """Return *rows* as a status report that names each payment."""
    said = "".join(map(_status, rows))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}">'
        "<CstmrPmtStsRpt><GrpHdr><MsgId>BANK-1</MsgId><CreDtTm>2026-11-12T09:00:00</CreDtTm></GrpHdr>"
        "<OrgnlGrpInfAndSts><OrgnlMsgId>FM-RUN-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        f"</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>FM-RUN-1</OrgnlPmtInfId>{said}</OrgnlPmtInfAndSts>"
        "</CstmrPmtStsRpt></Document>"
    ).encode()


def _status(row: Mapping[str, str]) -> str:
    reason = f"<AddtlInf>{escape(row['reason'])}</AddtlInf>" if row["reason"] else ""
    why = f"<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn>{reason}</StsRsnInf>" if row["state"] == "failed" else ""
    reference = f"<AcctSvcrRef>{row['reference']}</AcctSvcrRef>" if row["reference"] else ""
    amount = f'<Amt><InstdAmt Ccy="{row["currency"]}">{row["amount"]}</InstdAmt></Amt>' if row["amount"] else ""
    original = f"<OrgnlTxRef>{amount}</OrgnlTxRef>" if amount else ""
    known = f"<OrgnlEndToEndId>{row['end_to_end_id']}</OrgnlEndToEndId><TxSts>{CODES[row['state']]}</TxSts>"
    return f"<TxInfAndSts>{known}{why}{reference}{original}</TxInfAndSts>"
