"""Errors of downloads, each with a sentence that says what to do.

AppError
└── HubError                the hub refused, or its answer cannot be used
    ├── HubUnreachable      nobody answers at its address
    ├── DiskFull            the file does not fit
    └── ChecksumWrong       what arrived is not what the hub describes
"""

from aiapp.errors import AppError


class HubError(AppError):
    code = "hub_error"
    status = 502
    message = "The hub did not answer as expected."


class HubUnreachable(HubError):
    code = "hub_unreachable"
    status = 503
    message = "The hub cannot be reached. Check HF_ENDPOINT and this machine's connection."
    retryable = True


class DiskFull(HubError):
    code = "disk_full"
    status = 507
    message = "There is not enough room on the disk."


class ChecksumWrong(HubError):
    code = "checksum_wrong"
    message = "The file that arrived is not the one that the hub describes, so it was deleted."
    retryable = True
