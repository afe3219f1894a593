"""An authenticator app, as staff has one on the phone."""

import time

from passlib.totp import TOTP


class AuthenticatorApp:
    """An app that shows codes for *key*, as the set-up page gives it; each code only once."""

    def __init__(self, key: str) -> None:
        self._app, self._shown = TOTP(key=key.replace("-", "").replace(" ", "")), 0

    def code(self) -> str:
        """Return the next code that nobody has used, waiting for it to begin where that must be."""
        counter = max(int(time.time()) // 30, self._shown + 1)
        time.sleep(max(0.0, (counter - 1) * 30 - time.time() + 0.5))
        self._shown = counter
        return str(self._app.generate(counter * 30).token)
