"""Fields of forms in OpenDocument: what is filled in stands apart from where it is shown."""

from lxml import etree

from documents.parsing.parsers.office.packages import Element, attribute, descendants, local

_VALUES = {"text", "textarea", "formatted-text", "number", "date", "time", "combobox"}
_BOXES, _WORDS = {"checkbox", "radio"}, {"fixed-text", "button"}
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_SET = {"checked", "true"}


def show_values(root: Element) -> None:
    """Write what fields hold as a paragraph in the places where they are shown."""
    values: dict[str, str] = {}
    for forms in descendants(root, "forms"):
        for each in forms.iter("{*}*"):
            if key := attribute(each, "id"):
                values[key] = _read(each)
    for each in descendants(root, "control") if values else ():
        if value := values.get(attribute(each, "control"), ""):
            etree.SubElement(each, f"{{{_TEXT}}}p").text = f" {value} "


def _read(field: Element) -> str:
    name = local(field)
    if name in _VALUES:
        return attribute(field, "current-value") or attribute(field, "value")
    if name in _WORDS:
        return attribute(field, "label")
    if name in _BOXES:
        return f"{'[x]' if _is_set(field) else '[ ]'} {attribute(field, 'label')}".strip()
    chosen = (each for each in field if local(each) == "option" and _is_set(each))
    return ", ".join(filter(None, (attribute(each, "label") for each in chosen)))


def _is_set(field: Element) -> bool:
    """Tell whether a box or choice is set now, or was at first where nobody has changed it."""
    names = ("current-state", "current-selected", "state", "selected")
    return next((told for name in names if (told := attribute(field, name))), "") in _SET
