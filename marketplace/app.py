"""create_app(): the table of contents. Extensions, every blueprint, navigation, the error block."""

from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from flask import Flask, Response, abort, g, request, url_for
from flask_login import current_user
from flask_migrate import Migrate
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from marketplace import etags, formats, locales, logs, mail, repeats
from marketplace.accounts import access, sessions, signing_in
from marketplace.accounts.queries import asking_id
from marketplace.config import Config
from marketplace.db import db
from marketplace.documents import register_api
from marketplace.navigation import navigation
from marketplace.operations.metrics import register_metrics
from marketplace.pace import register_pace
from marketplace.problems import register_errors
from marketplace.services import Services, addresses
from marketplace.web import RowId
from marketplace.words import say

ROOT = Path(__file__).resolve().parent.parent
FEATURES = (
    "accounts",
    "organisations",
    "notifications",
    "profiles",
    "readings",
    "projects",
    "searches",
    "matches",
    "shortlists",
    "invitations",
    "work",
    "applications",
    "waves",
    "forecasts",
    "messages",
    "guidelines",
    "payees",
    "timesheets",
    "budgets",
    "payouts",
    "statements",
    "bankfiles",
    "ledger",
    "disputes",
    "portfolios",
    "webhooks",
    "decisions",
    "own_data",
    "erasure",
    "home",
)
MAX_REQUEST_BYTES = 6 * 1024 * 1024
CONTENT_POLICY = {
    "default-src": "'self'",
    "img-src": ["'self'", "data:"],
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# Two years, and every host below: whoever came by https once never asks by http again.
ONLY_HTTPS = "max-age=63072000; includeSubDomains"


def create_app(
    config: Config | None = None, services: Services | None = None, settings: dict[str, Any] | None = None
) -> Flask:
    """Return the application of *config*, connected to *services* (default: attached to, or started, by the config).

    *settings* are Flask settings that go before the product's own.
    """
    config = config or Config.from_environment()
    services = services or addresses(config)
    logs.set_up_logs(config.log_level)
    app = Flask("marketplace", root_path=str(ROOT / "marketplace"), template_folder=str(ROOT / "templates"))
    app.config.update(_settings(config, services) | (settings or {}))
    app.config["FAIRMATCH"] = config
    app.url_map.converters["int"] = RowId
    app.extensions["fairmatch_services"] = services
    if config.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.trusted_proxies, x_proto=0)  # type: ignore[method-assign]
    _register_extensions(app, config)
    register_errors(app)
    _register_request_id(app)
    _register_https(app, config)
    _register_refusals(app)
    register_metrics(app)
    register_pace(app, config.requests_per_minute)
    app.before_request(access.guard)
    csrf = CSRFProtect(app)
    sessions.register_sessions(app)
    _read_json_carefully(app)  # before tries are counted: whose they are may stand in the document
    signing_in.register_signing_in(app)
    repeats.register_repeats(app)
    etags.register_etags(app)
    for name in ("operations", *FEATURES):
        _register_feature(app, name)
    for blueprint in register_api(app, FEATURES):
        csrf.exempt(blueprint)
    csrf.exempt("marketplace.notifications.pages.unsubscribe")  # signed, and asked by mail programs
    app.context_processor(_page_context)
    return app


def _read_json_carefully(app: Flask) -> None:
    """Let only the API take JSON, and let a document nested beyond reason be a bad request like any other."""

    @app.before_request
    def refuse_json() -> None:
        if not request.is_json:
            return
        if not request.path.startswith("/api/"):
            abort(415, description=say("Pages take forms; JSON is for the API under /api/v1."))
        try:
            request.get_json(silent=True)  # kept for the view: the body can be read only once
        except RecursionError:
            abort(400, description=say("This JSON is nested too deeply."))


def _settings(config: Config, services: Services) -> dict[str, Any]:
    address = urlsplit(config.public_url)
    hosts = {address.hostname or "localhost", "localhost", "127.0.0.1", "[::1]", *config.trusted_hosts}
    return {
        "SECRET_KEY": config.secret_key,
        "SERVER_NAME": address.netloc,
        "PREFERRED_URL_SCHEME": address.scheme,
        "TRUSTED_HOSTS": sorted(hosts),
        "SQLALCHEMY_DATABASE_URI": services.database_url,
        # hidden, because errors go into the logs with their words, and parameters are what people typed
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_pre_ping": True,
            "pool_size": 5,
            "max_overflow": 5,
            "hide_parameters": True,
        },
        "MAX_CONTENT_LENGTH": MAX_REQUEST_BYTES,
        "MAX_FORM_MEMORY_SIZE": MAX_REQUEST_BYTES,
        "MAX_FORM_PARTS": 2_000,
        # The prefix makes browsers take it from this very host alone, by https alone.
        "SESSION_COOKIE_NAME": "__Host-session" if address.scheme == "https" else "session",
        "SESSION_COOKIE_SECURE": address.scheme == "https",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # A name that no cookie can have: Flask-Login's own, which no signing out ends, is never read.
        "REMEMBER_COOKIE_NAME": "none;",
        "WTF_CSRF_TIME_LIMIT": None,
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_TRANSLATION_DIRECTORIES": ";".join(filter(None, ("translations", config.translations_dir))),
        **signing_in.settings(config),
    }


def _register_extensions(app: Flask, config: Config) -> None:
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), compare_type=True)
    locales.register_locales(app)
    mail.init_app(app)
    formats.register_formats(app)
    secure = urlsplit(config.public_url).scheme == "https"
    Talisman(
        app,
        content_security_policy=CONTENT_POLICY,
        force_https=False,
        strict_transport_security=False,  # it wants to see https itself, which a proxy ends: see _register_https
        session_cookie_secure=secure,
        referrer_policy="same-origin",
        frame_options="DENY",
    )


def _register_request_id(app: Flask) -> None:
    @app.before_request
    def name_request() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if given.isalnum() and len(given) <= 64 else uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def show_request(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.get("request_id", "")
        is_ours = "Cache-Control" in response.headers and request.blueprint != "security"  # that writes private=True
        if request.endpoint != "static" and not is_ours:
            response.headers["Cache-Control"] = "private, no-store"
        if request.endpoint == "security.logout" and request.method == "POST":
            response.headers["Clear-Site-Data"] = '"cache"'
        return response


def _register_https(app: Flask, config: Config) -> None:
    """Tell browsers to come by https only, where that is the public address; the proxy before us need not say so."""
    if urlsplit(config.public_url).scheme != "https":
        return

    @app.after_request
    def ask_for_https(response: Response) -> Response:
        response.headers["Strict-Transport-Security"] = ONLY_HTTPS
        return response


def _register_refusals(app: Flask) -> None:
    """Write down who was refused what: the wrong role, what is another's, forms of elsewhere, input that is none."""
    log = structlog.get_logger("web")

    @app.after_request
    def note_refusal(response: Response) -> Response:
        if 400 <= response.status_code < 500 or g.get("refused"):
            log.info(
                "refused",
                status=response.status_code,
                method=request.method,
                endpoint=request.endpoint,
                account_id=asking_id(),
                where=request.remote_addr,
            )
        return response


def _register_feature(app: Flask, name: str) -> None:
    app.register_blueprint(import_module(f"marketplace.{name}.pages").blueprint)


def _page_context() -> dict[str, Any]:
    config: Config = g.get("config") or _config()
    account = access.current_account() if current_user and current_user.is_authenticated else None
    return {"navigation": navigation(account, request.endpoint or ""), "demo_world": config.demo, "url_for": url_for}


def _config() -> Config:
    from flask import current_app

    config: Config = current_app.config["FAIRMATCH"]
    return config
