"""The ways the product says no; problems.py turns them into pages and problem documents."""


class Refused(Exception):
    """A request that the rules do not allow; the text is written for the person who asked (409).

    *field* names the input that the person has to mend, where there is one.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotAllowed(Exception):
    """Something that this person sees but may not do; the text says who may (403)."""


class Missing(Exception):
    """Something that is not there, or not for this person: the two look the same (404)."""
