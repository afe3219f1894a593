"""What is taken out of a text before a machine compares it: ways to reach a person."""

import re

EMAIL = re.compile(r"[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}")
ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s<>()\[\]{}|]{1,500}"
    r"|\b(?:[A-Za-z0-9-]{1,63}\.){1,4}(?:com|org|net|io|dev|me|ai|app|edu|gov|info|co|uk|de|fr|in|br|es|pl|ro)\b/[^\s|]{0,300}"
    r"|\b(?:linkedin|github|gitlab|behance|medium|twitter)\.(?:com|io)\b[^\s|]{0,300}",
    re.IGNORECASE,
)
# Seven to fifteen digits (ITU-T E.164), parted as people part them; not inside a longer word or number.
PHONE = re.compile(r"(?<![\w.])(?:\+|00)?\(?\d{1,4}\)?(?:[ .\-/]{0,2}\(?\d{1,5}\)?){1,6}(?![\w%])")
YEARS = re.compile(
    r"(?:19|20)\d\d\s?[-/.]\s?(?:(?:19|20)\d\d|\d\d)|\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d.*|\d{1,2}/(?:19|20)\d\d.*"
)


def blanked_for_embedding(text: str) -> str:
    """Return the text with e-mail addresses, web addresses and phone numbers turned to blanks.

    The length stays, so every offset into one is an offset into the other.
    """
    text = ADDRESS.sub(_blanks, EMAIL.sub(_blanks, text))
    return PHONE.sub(_blanks_for_phone, text)


def _blanks(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _blanks_for_phone(found: re.Match[str]) -> str:
    digits = sum(map(str.isdigit, found[0]))
    # "2019 - 2021" and "01/02/2019 - 03/2021" have as many digits as a phone number.
    if not 7 <= digits <= 15 or YEARS.fullmatch(found[0].strip()):
        return found[0]
    return _blanks(found)
