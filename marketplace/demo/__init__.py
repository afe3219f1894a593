"""The demo world: fictional people, clients and a month of work, made by the same actions as the pages use."""

from marketplace.demo.filling import fill, is_wanted, sign_ins

__all__ = ["fill", "is_wanted", "sign_ins"]
