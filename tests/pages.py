"""What two pages that say the same may differ in: tokens, which are new for each form, request and second."""

import re

TOKENS = re.compile(
    r'<input[^>]*name="(?:csrf_token|_key)"[^>]*>|X-CSRFToken": "[^"]*"|\b[0-9a-f]{32}\b', re.IGNORECASE
)


def without_tokens(page: str) -> str:
    """Return *page* without its tokens and the id of the request."""
    return TOKENS.sub("", page)
