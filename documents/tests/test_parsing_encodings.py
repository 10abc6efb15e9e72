"""Texts from before Unicode, in the encodings that people still have files in."""

import pytest

from documents.parsing.parsers.text import decode

KOREAN = "한국어 문서는 오래된 윈도우에서 저장되었습니다. 계약서의 제3조를 참조하십시오.\n"
JAPANESE = "日本語の文書は古いウィンドウズで保存されました。契約書の第三条を参照してください。\n"
CHINESE = "这份中文文件是在旧版系统中保存的。请参阅合同第三条。\n"
TAIWANESE = "這份中文文件是在舊版系統中保存的。請參閱合約第三條。\n"
RUSSIAN = "Этот документ был сохранён в старой системе. Смотрите третью статью договора.\n"
GERMAN = "Größere Überweisungen müssen früh geprüft werden.\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (KOREAN, "cp949"),
        (KOREAN, "euc-kr"),
        (KOREAN, "utf-16"),
        (KOREAN, "utf-16-le"),
        (KOREAN, "utf-8-sig"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (CHINESE, "gb18030"),
        (TAIWANESE, "big5"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (GERMAN, "cp1252"),
    ],
)
@pytest.mark.parametrize("before", ["", "Report 2026: revenue and contract terms.\n" * 10])
def test_it_is_read_as_it_was_written(text, encoding, before):
    assert decode((before + text).encode(encoding)).removeprefix("\ufeff") == before + text
