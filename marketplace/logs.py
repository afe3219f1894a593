"""Logs: one JSON object a line on standard error, or coloured text in a terminal; every library's lines among them."""

import logging
import sys

import structlog
from structlog.typing import Processor

SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)

# Libraries that tell of every statement, job or connection at the level of information.
QUIET = ("rq", "urllib3", "httpx", "sentence_transformers", "transformers", "mail.log")

NAME = "fairmatch"


def set_up_logs(level: str) -> None:
    """Send every log line of this process, from *level* on, to standard error; calling it again changes the level.

    Raises ValueError for a level that logging does not know.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"LOG_LEVEL must be debug, info, warning or error, not {level!r}.")
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    lines = logging.StreamHandler(sys.stderr)
    lines.name = NAME
    lines.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=SHARED, processors=_ending()))
    root = logging.getLogger()
    root.handlers = [*(other for other in root.handlers if other.name != NAME), lines]
    root.setLevel(number)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def _ending() -> list[Processor]:
    without_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if sys.stderr.isatty():
        return [without_meta, structlog.dev.ConsoleRenderer()]
    return [
        without_meta,
        # without locals: they hold cookies, tokens and settings
        structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ]
