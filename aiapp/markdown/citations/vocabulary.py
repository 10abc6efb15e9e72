"""Words that stand in marks or before them, and that tell marks from other numbers."""

_LABELS = """
source sources src passage passages document documents doc docs ref refs reference references
citation citations cite excerpt excerpts snippet snippets chunk chunks context
quelle quellen beleg fuente fuentes fonte fontes fonti bron bronnen kilde källa źródło documento
dokument dok kaynak nguồn zdroj forrás lähde المصدر مصدر स्रोत แหล่งที่มา
מקור מקורות מסמך منبع ماخذ πηγή πηγές джерело джерела документ източник извор крыніца
sursa sursă izvor källor kilder allikas avots šaltinis zdroje sumber dokumen উৎস সূত্র ஆதாரம் మూలం
წყარო աղբյուր ምንጭ ប្រភព แหล่ง
file files result results evidence id ids
quellenangabe referenz referenzen auszug auszüge extrait extraits référence références cita citas
referencia referencias pasaje pasajes documentos documenti riferimento riferimenti
referência referências źródła zdroji források lähteet källor allika kaynaklar dokumenty dokumente
источники источника документы джерел фрагмент фрагменты отрывок 참고문헌 출처들 발췌 参考文献 引文
источник источники 출처 자료 문서 근거 인용 참고 구절 来源 來源 出典 資料 文献 引用 文档 参考 參考
出处 出處 ソース
"""
LABELS = frozenset(_LABELS.split())
# Which may stand before a label: "(see Source 1)", "[Search result 1]".
LEADS = ("see", "cf", "from", "per", "search", "vgl", "siehe", "voir", "véase", "참고", "참조")

# Where in a source something stands, behind its number: "[1, p. 3]", "[2, Abschnitt 4]".
_PLACES = """
page pages p pp pg pgs section sections sec sect chapter chapters ch chap paragraph paragraphs para
paras par line lines ln row rows table tables tab figure fig slide slides sheet clause article art
annex appendix item seite seiten s abschnitt abs kapitel kap zeile zeilen folie folien tabelle
tableau diapositive ligne lignes pág págs página páginas pag pagina pagine párrafo sección
capítulo seção sezione capitolo riga righe str strona strony strana strán rozdział kapitola sida
sidor side sider sivu sivut sivulla oldal sayfa bölüm trang halaman hlm hal стр страница страницы с
раздел глава таблица сторінка розділ σελ σελίδα עמ עמוד ص صفحة صفحه पृष्ठ पेज หน้า
쪽 페이지 면 절 항 조 표 页 頁 第 章 节 節 行 表 ページ
"""
PLACES = frozenset(_PLACES.split())

# What is numbered by a number in parentheses, also behind another number: Article 5 (1).
_THINGS = """
equation equations eq eqs formula figure fig table step steps section sec chapter article art rule
clause paragraph para subsection item items point points option options case cases type level phase
part group class question number no nr note line row column page pages version volume vol issue
appendix annex exhibit schedule form example theorem lemma definition property statement constraint
condition assumption hypothesis pair tuple vector coordinate coordinates interval set sets range
§ §§ absatz abs artikel ziffer satz gleichung abbildung tabelle 제 식 표 그림 단계 조 항 호
図 图 圖 表 式 步骤 步驟 選択肢 选项 選項 ステップ 手順 条 條 款 項 项 号 號 第
"""
THINGS = frozenset(_THINGS.split())
# Behind these it is an amount or a thing itself: "a loss of (3)", "according to (1)".
_LEADING = """
of to is was were are be by from at than minus plus equals about in on for with and or only either
neither both
"""
LEADING = frozenset(_LEADING.split())
_COUNTED = "one two three four five six seven eight nine ten eleven twelve"
COUNTED = {word: n for n, word in enumerate(_COUNTED.split(), 1)}
_UNITS = """
metre metres meter meters kilometre kilometres kilometer kilometers centimetre centimetres
centimeter centimeters millimetre millimetres millimeter millimeters foot feet inch inches yard
yards mile miles second seconds sec chi sigma rho
"""
UNITS = frozenset(_UNITS.split())
