"""Filling in of a source from a body, under the rules of the administration's form."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from aiapp.errors import InvalidInput
from documents.api.sources.bodies import SourceIn, SourcePatch
from documents.models import Source
from documents.sources import setting_up
from documents.sources.base import Kind, Option
from documents.sources.errors import CredentialRefused
from documents.sources.saving import SETTINGS

# JSON's types, by what an option is.
_TYPES: dict[str, type] = {"text": str, "number": int, "flag": bool}


# What no body sets.
_OTHERS = {field.name for field in Source._meta.fields} - {*SETTINGS, "kind"}


def fill_in(source: Source, kind: Kind, body: SourceIn | SourcePatch) -> set[str]:
    """Write a body into a source that is not saved here; return what is other than before.

    Raises InvalidInput.
    """
    is_new = isinstance(body, SourceIn)
    before = Source(address=source.address, username=source.username, options=source.options)
    told = body.model_dump(exclude_none=True, exclude={"collection", "kind"})
    given = told.pop("credential", None)
    credential = given.get_secret_value() if given is not None else ""
    _refuse_unused(kind, told | {"credential": credential})
    values = _read_settings(source, kind, told)
    changed = _find_changes(source, kind, values)
    for name, value in values.items():
        setattr(source, name, value)
    try:
        source.clean_fields(exclude=_OTHERS)
        setting_up.check_source(source, kind, credential, None if is_new else before)
    except ValidationError as error:
        raise _describe(error, kind) from None
    except CredentialRefused as error:
        raise _invalid([("credential", error.message)]) from None
    return changed | ({"credential"} if credential else set())


def _find_changes(source: Source, kind: Kind, values: Mapping[str, Any]) -> set[str]:
    """Return the names of settings that are other than before, options by their own."""
    settings = {name for name, value in values.items() if getattr(source, name) != value}
    were = {**_defaults(kind), **source.options}
    options = {name for name, value in values["options"].items() if were.get(name) != value}
    return (settings - {"options"}) | options


def _read_settings(source: Source, kind: Kind, told: dict[str, Any]) -> dict[str, Any]:
    values = dict(told)
    for name in {"include", "exclude"} & set(values):
        values[name] = "\n".join(values[name])
    if "max_megabytes" in values:
        values["max_megabytes"] = values["max_megabytes"] or None
    options = values.pop("options", {})
    _check_types(kind, options)
    try:
        cleaned = setting_up.clean_options(kind, {**_defaults(kind), **source.options, **options})
    except ValidationError as error:
        raise _describe(error, kind) from None
    return values | {"options": cleaned}


def _defaults(kind: Kind) -> dict[str, Any]:
    return {option.name: option.default for option in kind.options}


def _refuse_unused(kind: Kind, told: Mapping[str, Any]) -> None:
    labels = {
        "address": kind.address_label,
        "username": kind.username_label,
        "credential": kind.credential_label,
    }
    unused = [name for name, label in labels.items() if told.get(name) and not label]
    if unused:
        raise _invalid([(name, "this kind has none") for name in unused])


def _check_types(kind: Kind, options: Mapping[str, Any]) -> None:
    known = {option.name: option for option in kind.options}
    wrong = [
        (f"options.{name}"[:100], "not an option of this kind" if name not in known else reason)
        for name, value in options.items()
        if (reason := _refuse_type(known.get(name), value))
    ]
    if wrong:
        raise _invalid(wrong)


def _refuse_type(option: Option | None, value: object) -> str:
    if option is None:
        return "unknown"
    # A flag is no number, though Python has it as one.
    return "" if type(value) is _TYPES[option.type] else f"not a {option.type}"


def _describe(error: ValidationError, kind: Kind) -> InvalidInput:
    """Say which fields are wrong and why. What was entered is not in it, apart from folders."""
    whole = "address" if kind.address_label else "kind"
    options = {option.name for option in kind.options}
    found = error.message_dict if hasattr(error, "error_dict") else {whole: error.messages}
    fields = []
    for name, messages in found.items():
        place = f"options.{name}" if name in options else name
        place = whole if name == NON_FIELD_ERRORS else place
        fields += [(place, message) for message in messages]
    return _invalid(fields)


def _invalid(fields: list[tuple[str, str]]) -> InvalidInput:
    told = [{"field": name, "reason": str(reason)} for name, reason in fields]
    where = " " + ": ".join(told[0].values()) if told else ""
    return InvalidInput(f"Some fields are not valid.{where}", code="validation_error", fields=told)
