"""How long an invitation into an organisation holds, and who may change whose place in it."""

from datetime import timedelta

OPEN_FOR = timedelta(days=7)
# A name that nobody can receive mail at (RFC 2606).
SERVICE_DOMAIN = "service.invalid"
LAST_OWNER = "An organisation keeps at least one owner. Make somebody else an owner first."
ONLY_OWNERS = "Only an owner of the organisation may do this."
ALREADY_IN = "They are a member already."
ALREADY_INVITED = "They have an open invitation already; send it again or withdraw it."
NOT_YOURS = "This invitation is for another e-mail address. Sign in with the account that it was sent to."
OVER = "This invitation is no longer good. Ask an owner of the organisation for a new one."
