"""Users, their credentials and limits, and what is recorded of them."""

from accounts.models.credentials import ApiKey, RefreshSession
from accounts.models.limits import Budget, LedgerEntry, Price
from accounts.models.people import TAKEN, NameSkeleton, User
from accounts.models.records import AuditEntry, DataExport

__all__ = [
    "TAKEN",
    "ApiKey",
    "AuditEntry",
    "Budget",
    "DataExport",
    "LedgerEntry",
    "NameSkeleton",
    "Price",
    "RefreshSession",
    "User",
]
