"""Fairmatch: a freelancer marketplace for AI-data annotation."""

__version__ = "0.1.0"
