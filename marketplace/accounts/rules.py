"""Who there is: roles and the few limits of accounts."""

from datetime import timedelta
from enum import StrEnum

TOKEN_LIFE = timedelta(days=90)
SESSION_IDLE = timedelta(hours=12)
SESSION_LIFE = timedelta(days=14)
STAFF_SESSION_IDLE = timedelta(hours=2)
STAFF_SESSION_LIFE = timedelta(hours=12)
# Whoever signed in longer ago than this is asked for the password again before the address is changed.
FRESH = timedelta(minutes=10)
RECOVERY_CODES = 8
ISSUER = "Fairmatch"
DEMO_DOMAIN = "demo.example.com"
# What is told of somebody who had themself erased.
ERASED_NAME = "Erased person"
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 128


class RoleName(StrEnum):
    """What an account may be; the auditor reads and never writes."""

    ANNOTATOR = "annotator"
    MANAGER = "manager"
    REVIEWER = "reviewer"
    FINANCE = "finance"
    ADMIN = "admin"
    AUDITOR = "auditor"


# Who needs a second factor, and is signed out sooner.
STAFF = frozenset(set(RoleName) - {RoleName.ANNOTATOR})


class Scope(StrEnum):
    """What an API token may be used for."""

    PROFILE_READ = "profile:read"
    PROFILE_WRITE = "profile:write"
    ORGANISATION_READ = "organisation:read"
    ORGANISATION_WRITE = "organisation:write"
    PROJECTS_READ = "projects:read"
    PROJECTS_WRITE = "projects:write"
    INVITATIONS_READ = "invitations:read"
    INVITATIONS_WRITE = "invitations:write"
    APPLICATIONS_READ = "applications:read"
    APPLICATIONS_WRITE = "applications:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    NOTIFICATIONS_READ = "notifications:read"
    NOTIFICATIONS_WRITE = "notifications:write"
    MESSAGES_READ = "messages:read"
    MESSAGES_WRITE = "messages:write"
    TIME_READ = "time:read"
    TIME_WRITE = "time:write"
    PAYOUTS_READ = "payouts:read"
    PAYOUTS_WRITE = "payouts:write"
