"""The limits of matching, and what a manager may not read yet."""

import re

from matching.resumes.privacy import blanked_for_embedding

MATCHES_ON_A_PAGE = 50
# Of those whom a gate keeps out so many have their facts in words; the log names everybody.
KEPT_OUT_KEPT = 50
HIDDEN = "•"


def without_identity(text: str, name: str) -> str:
    """Return *text* with addresses, numbers and the words of *name* covered by dots.

    The length stays, so that offsets into the résumé stay true.
    """
    blank = blanked_for_embedding(text)
    covered = "".join(HIDDEN if seen == " " != kept else kept for kept, seen in zip(text, blank, strict=True))
    for word in re.findall(r"\w{2,}", name):
        covered = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", HIDDEN * len(word), covered, flags=re.IGNORECASE)
    return covered


# Behind the gates of the project stands one more, which is asked of everybody: the last letter of an outcome.
NOT_INVITED = "Not invited to this project before"
INVITED_ALREADY = {
    "words": NOT_INVITED,
    "outcome": "fail",
    "fact": "Holds an invitation or an engagement here already",
    "change": "",
}
