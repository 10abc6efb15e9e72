"""The metadata of documents - author, date, labels - and filters by them."""

from documents.metadata.conditions import Condition, parse_condition
from documents.metadata.values import check

__all__ = ["Condition", "check", "parse_condition"]
