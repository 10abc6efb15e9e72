"""Faults of a store of files, which say nothing about what is in them."""

from aiapp.errors import Unavailable


class FilesUnavailable(Unavailable):
    """The store is away, full, or refuses us; nothing is known about the file itself."""

    code = "files_unavailable"
    message = "The file storage is not responding. Try again in a moment."
