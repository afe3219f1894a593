"""Settings: the environment, read once into one frozen, typed object."""

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from matching.spaces import DEFAULT_MODEL

# By default; each takes half a gigabyte.
MOST_MODEL_PROCESSES = 4
# An example that banks print; the demo pays from it.
DEMO_IBAN = "DE02120300000000202051"


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that may differ between two installations.

    *database_url* is empty for the embedded PostgreSQL under *data_dir*; likewise *redis_url* for Valkey.
    *migration_database_url* names the role that owns the tables; empty means the embedded superuser or,
    with *database_url* set, that same URL.
    """

    data_dir: Path
    database_url: str
    migration_database_url: str
    redis_url: str
    secret_key: str
    host: str
    port: int
    public_url: str
    production: bool
    demo: bool
    smtp_url: str
    mail_sender: str
    embedding_model: str
    trusted_hosts: tuple[str, ...]
    trusted_proxies: int
    log_level: str
    web_processes: int
    model_processes: int
    webhook_private_targets: bool
    payout_cooling_off_hours: int
    payout_debtor_name: str
    payout_debtor_iban: str
    payout_debtor_bic: str
    translations_dir: str
    requests_per_minute: int

    @classmethod
    def from_environment(cls, env: Mapping[str, str] | None = None) -> "Config":
        """Return the settings that *env* (default: the process environment) asks for.

        Raises ValueError, naming the variable, when one of them makes no sense.
        """
        env = os.environ if env is None else env
        data_dir = Path(env.get("DATA_DIR", "./var")).expanduser().resolve()
        host, port = env.get("HOST", "127.0.0.1"), _whole(env, "PORT", 8000)
        production = _yes(env, "PRODUCTION", False)
        demo = _yes(env, "DEMO", not production)
        return cls(
            data_dir=data_dir,
            database_url=env.get("DATABASE_URL", ""),
            migration_database_url=env.get("MIGRATION_DATABASE_URL", ""),
            redis_url=env.get("REDIS_URL", ""),
            secret_key=env.get("SECRET_KEY", "") or _kept_secret(data_dir / "secrets" / "secret_key"),
            host=host,
            port=port,
            public_url=env.get("PUBLIC_URL", f"http://{host}:{port}").rstrip("/"),
            production=production,
            demo=demo,
            smtp_url=env.get("SMTP_URL", ""),
            mail_sender=env.get("MAIL_SENDER", "Fairmatch <no-reply@fairmatch.example>"),
            embedding_model=env.get("EMBEDDING_MODEL", DEFAULT_MODEL),
            trusted_hosts=tuple(h.strip() for h in env.get("TRUSTED_HOSTS", "").split(",") if h.strip()),
            trusted_proxies=_whole(env, "TRUSTED_PROXIES", 0),
            log_level=env.get("LOG_LEVEL", "info"),
            web_processes=_whole(env, "WEB_PROCESSES", 2),
            model_processes=max(1, _whole(env, "MODEL_PROCESSES", min(_cores(), MOST_MODEL_PROCESSES))),
            webhook_private_targets=_yes(env, "WEBHOOK_PRIVATE_TARGETS", False),
            payout_cooling_off_hours=_whole(env, "PAYOUT_COOLING_OFF_HOURS", 48),
            payout_debtor_name=env.get("PAYOUT_DEBTOR_NAME", "Fairmatch Demo" if demo else ""),
            payout_debtor_iban=env.get("PAYOUT_DEBTOR_IBAN", DEMO_IBAN if demo else ""),
            payout_debtor_bic=env.get("PAYOUT_DEBTOR_BIC", "BYLADEM1001" if demo else ""),
            translations_dir=env.get("TRANSLATIONS_DIR", ""),
            requests_per_minute=_whole(env, "REQUESTS_PER_MINUTE", 600),
        )


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "") or str(default)
    if not text.isdigit():
        raise ValueError(f"{name} must be a whole number, not {text!r}.")
    return int(text)


def _yes(env: Mapping[str, str], name: str, default: bool) -> bool:
    text = env.get(name, "").strip().lower()
    if text not in {"", "yes", "no", "1", "0", "true", "false"}:
        raise ValueError(f"{name} must be yes or no, not {text!r}.")
    return default if not text else text in {"yes", "1", "true"}


def _kept_secret(path: Path) -> str:
    """Return the secret in *path*, made once, readable by its owner alone; of two makers at once the first one's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        part = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(part, path)
        part.unlink()
    return path.read_text().strip()
