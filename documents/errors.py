"""Reasons why a document cannot be read. Code and sentence are stored with its version.

IngestError
├── PasswordProtected       password_protected
├── CorruptFile             corrupt_file
├── UnsupportedFormat       unsupported_format
├── NoText                  no_text
├── ArchiveTooLarge         archive_too_large
├── PictureTooLarge         picture_too_large
├── OcrUnavailable          ocr_unavailable
├── OcrFailed               ocr_failed              retryable
├── TranscriptionUnavailable transcription_unavailable
├── TranscriptionFailed     transcription_failed    retryable
├── TooMuchText             too_large
├── TooManyPages            too_many_pages
├── ParserCrashed           parser_crashed          retryable
├── TimedOut                timed_out               retryable
├── EmbeddingUnavailable    embedding_unavailable   retryable
├── StoreUnavailable        files_unavailable       retryable
├── ServerFull              disk_full               retryable
├── Interrupted             interrupted             retryable
│   └── ParserKilled        interrupted             retryable
└── Cancelled               cancelled               retryable
"""

from aiapp.errors import AppError


class IngestError(AppError):
    code = "ingest_failed"
    status = 422
    message = "The document could not be read."


class PasswordProtected(IngestError):
    code = "password_protected"
    message = "The file is protected by a password. Remove the password and upload it again."


class CorruptFile(IngestError):
    code = "corrupt_file"
    message = "The file is damaged or incomplete. Upload it again, or save a new copy first."


class UnsupportedFormat(IngestError):
    code = "unsupported_format"
    message = (
        "The file is in a format that cannot be read, such as Word 95. "
        "Save it as docx or PDF and upload it again."
    )


class NoText(IngestError):
    code = "no_text"
    message = "The file contains no text, perhaps only pictures. Upload a copy with readable text."


class ArchiveTooLarge(IngestError):
    code = "archive_too_large"
    message = "The file unpacks to far more than its size suggests, and was not read."


class PictureTooLarge(IngestError):
    code = "picture_too_large"
    message = "The picture has more than 40 million pixels. Upload a smaller one."


class OcrUnavailable(IngestError):
    code = "ocr_unavailable"
    message = (
        "The file contains pictures of text, which cannot be read here. The administrator can"
        " install Tesseract or the Python package rapidocr."
    )


class OcrFailed(IngestError):
    code = "ocr_failed"
    message = "The text in the picture could not be read. Try again, or upload another copy."
    retryable = True


class TranscriptionUnavailable(IngestError):
    code = "transcription_unavailable"
    message = (
        "Recordings cannot be transcribed here. The administrator can set TRANSCRIPTION_MODEL, or"
        " install requirements-local.txt."
    )


class TranscriptionFailed(IngestError):
    code = "transcription_failed"
    message = "The recording could not be transcribed. Try again later."
    retryable = True


class TooMuchText(IngestError):
    code = "too_large"
    message = "The document contains more text than can be read. Split it into smaller files."


class TooManyPages(IngestError):
    code = "too_many_pages"
    message = "The document has too many pages. Split it into smaller files."


class ParserCrashed(IngestError):
    code = "parser_crashed"
    message = "Reading the file failed. It may be damaged; try again or upload another copy."
    retryable = True


class TimedOut(IngestError):
    code = "timed_out"
    message = "Reading the file took too long. Try again, or split it into smaller files."
    retryable = True


class EmbeddingUnavailable(IngestError):
    code = "embedding_unavailable"
    message = "The embedding service is not responding. Try again later."
    retryable = True


class StoreUnavailable(IngestError):
    code = "files_unavailable"
    message = "The file storage is not responding. Try again later."
    retryable = True


class ServerFull(IngestError):
    code = "disk_full"
    message = "The server has no room left. Ask the administrator to make some, then try again."
    retryable = True


class Interrupted(IngestError):
    code = "interrupted"
    message = "Reading the document was interrupted several times. Try again."
    retryable = True


class ParserKilled(Interrupted):
    """The process that reads was ended from outside, which says nothing about the file."""


class Cancelled(IngestError):
    code = "cancelled"
    message = "Reading was stopped. What was read so far is kept, for another try."
    retryable = True


# What the parser's process may name as its reason.
PARSING: dict[str, type[IngestError]] = {
    error.code: error
    for error in (
        PasswordProtected,
        CorruptFile,
        UnsupportedFormat,
        NoText,
        TooMuchText,
        TooManyPages,
        ArchiveTooLarge,
        PictureTooLarge,
        OcrUnavailable,
        OcrFailed,
        TranscriptionUnavailable,
    )
}
