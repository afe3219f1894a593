"""Showing once more who one is, before what a thief would do first."""

from marketplace.accounts import second_factor
from marketplace.accounts.actions import check_password
from marketplace.accounts.models import Account
from marketplace.errors import Refused
from marketplace.words import say


def prove(account: Account, password: str, code: str) -> None:
    """Refuse unless whoever asks typed the password, and the code of the app where there is one."""
    if check_password(account.email, password) is None:
        raise Refused(say("The password is wrong."), field="password")
    if account.has_second_factor and not second_factor.is_code_of(account, code):
        raise Refused(say("Give the code that your authenticator app shows now; each counts once."), field="code")
