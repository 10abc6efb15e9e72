"""Errors of a source, or of one thing in it.

SourceError
├── SourceUnavailable       source_unavailable      tried again, later each time
│   ├── NotThere            not_there               nothing at the address, for now
│   └── RateLimited         rate_limited            tried again when the source says so
├── CredentialRefused       credential_refused      stops until a person mends it
├── SourceMisset            source_misset           stops until a person mends it
├── NothingThere            nothing_there           stops until a person says that it is true
├── NobodyAnswers           nobody_answers          stops until a person takes it over
├── MovedInside             moved_inside            stops until a person resumes it
├── PositionLost            position_lost           the listing begins again
└── ItemError               item_failed             the item fails, the sync goes on
    ├── ItemGone            item_gone               the next listing tells
    └── ItemTooLarge        too_large
"""

from aiapp.errors import AppError


class SourceError(AppError):
    code = "source_failed"
    status = 502
    message = "The source could not be read."


class SourceUnavailable(SourceError):
    code = "source_unavailable"
    message = "The source is not responding."
    retryable = True


class NotThere(SourceUnavailable):
    code = "not_there"
    message = "There is nothing at this address of the source."


class RateLimited(SourceUnavailable):
    code = "rate_limited"
    message = "The source asks to be left alone for a while."


class CredentialRefused(SourceError):
    code = "credential_refused"
    message = "The source refused the user name, password or token. Enter new ones."


class SourceMisset(SourceError):
    code = "source_misset"
    message = "The settings of the source do not fit what is there."


class NothingThere(SourceError):
    code = "nothing_there"
    message = (
        "The source lists no files any more. Nothing was removed, since a folder that is not"
        " mounted looks the same."
    )


class NobodyAnswers(SourceError):
    code = "nobody_answers"
    message = (
        "Whoever set up this source, or took it over, may no longer add documents to the collection"
        " by a source. Resume it to take it over yourself."
    )


class MovedInside(SourceError):
    code = "moved_inside"
    message = (
        "The name of the source's server leads into a network of your own now, which it did not"
        " when the source was set up. If that is meant, resume the source."
    )


class PositionLost(SourceError):
    code = "position_lost"
    message = "The source no longer knows how far the listing was."
    retryable = True


class ItemError(SourceError):
    code = "item_failed"
    message = "The file could not be fetched."


class ItemGone(ItemError):
    code = "item_gone"
    message = "The file was gone before it could be fetched."


class ItemTooLarge(ItemError):
    code = "too_large"
    message = "The file is larger than the source may bring."


# What no waiting mends.
STOPPING = (CredentialRefused, SourceMisset, NothingThere, NobodyAnswers, MovedInside)
