"""The interface in Korean: every text of it, in the form in which Django reads it."""

import ast
import re
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
FUNCTIONS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext"}
# Of what `templatize` makes of a template: calls with one text, or with two for a plural.
CALL = re.compile(r"""\b(?:_|n?gettext)\(u?(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
PLACE = re.compile(r"%\(\w+\)[sd]|{\w+}")


@pytest.fixture(scope="module")
def korean() -> GNUTranslations:
    with (ROOT / "locale/ko/LC_MESSAGES/django.mo").open("rb") as file:
        return GNUTranslations(file)


def of_templates() -> Iterator[tuple[Path, str]]:
    for path in sorted((ROOT / "templates").rglob("*.*")):
        for found in CALL.finditer(templatize(path.read_text("utf-8"), origin=str(path))):
            yield path, ast.literal_eval(found["text"])


def of_modules() -> Iterator[tuple[Path, str]]:
    for app in ("aiapp", "accounts", "documents", "chat"):
        for path in sorted((ROOT / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in FUNCTIONS:
                    text = node.args[0]
                    if isinstance(text, ast.Constant) and isinstance(text.value, str):
                        yield path, text.value


def test_every_text_is_translated(korean: GNUTranslations) -> None:
    texts = [*of_templates(), *of_modules()]
    assert len(texts) > 500
    missing = []
    for path, text in texts:
        found = korean.gettext(text)
        if found == text:
            found = korean.ngettext(text, text, 1)
        # Some are the same in every language.
        if found == text and re.search(r"[a-z]{3}", PLACE.sub("", text)):
            missing.append(f"{path.relative_to(ROOT)}: {text}")
    assert missing == []


@pytest.mark.django_db
def test_who_asks_for_korean_gets_it() -> None:
    page = Client().get("/accounts/login/", headers={"Accept-Language": "ko"}).content.decode()
    assert '<html lang="ko"' in page
    assert "비밀번호를 잊으셨나요?" in page
    assert "Forgot your password?" not in page
