"""The words by which two sentences of nearly the same words differ, as texts to be split."""

NEGATORS = "not no never nobody nothing none neither nor without cannot hardly"

NEGATORS_OF_NOUNS = """
no without none lack lacks lacked lacking except excluding exclude excludes
"""

UNDONE = "fail fails failed failing refuse refuses refused refusing"

# In other languages; Spanish and Italian share what is English as well.
NEGATORS_ELSEWHERE = """
nicht nichts nie niemals niemand niemanden niemandem kein keine keinen keinem keiner keines
keinerlei weder keineswegs nirgends pas jamais aucun aucune aucuns aucunes rien guère nullement
nunca jamás nada nadie ningún ninguna ninguno ningunos ningunas tampoco nessun nessuna nessuno
niente nemmeno neppure neanche não nenhum nenhuma nenhuns nenhumas ninguém tampouco niet geen
nooit
niets nergens inte ej aldrig ingen inget inga icke ikke aldri ingenting ikkje intet ei eivät emme
ette nigdy żaden żadna żadne żadnych żadnego żadnej nikt brak není nejsou nelze nemá nemají nesmí
nesmějí nemůže nemohou nebyl nebyla nebylo nebyli nikdy nikdo žádný žádná žádné žádných nebude
nebudou nemusí nije nisu nema nemaju neće nikad nikada nijedan niso nima nimajo nem nincs
nincsenek
sem soha senki не нет ни нельзя никогда никто ничто ничего немає ніколи няма нито ніхто δεν δε μην
ποτέ κανείς κανένας καμία κανένα değil değildir değiller yok yoktur asla لا لم لن ليس ليست
ليسوا ولا
ولم ولن وليس لیس نہیں نه هیچ نیست نیستند לא ולא אינו אינה אינם אינן אין איננו नहीं मत না নেই নয়
không chưa chẳng đừng cấm tidak bukan belum jangan dilarang
"""

# They deny the word behind them, and nothing else.
WITHOUT = """
ohne sans sin senza zonder utan uden uten ilman bez без χωρίς غير بدون دون بلا بغير ללא בלי बिना
tanpa
"""

AUXILIARIES = """
is are was were be been has have had will would must may might can could shall should do does did
and
but or
"""

# Each line two sides, of which one says the opposite of the other.
OPPOSITES = """
increase rise rose grow grew grown climb/decrease fall fell fallen decline drop shrink lost
higher high above exceed more/lower low below fewer less
before earlier/after later
allow permit/forbid forbidden prohibit ban
open/close
accept approve/reject refuse deny
largest biggest most maximum/smallest least minimum
first/last
buy bought/sell sold
always/never
begin began start/end finish
tenant lessee/landlord lessor
buyer/seller
north northern/south southern
east eastern/west western
left/right
cheaper/dearer
success succeed/failure fail
support favour favor/oppose
import/export
include/exclude
enable/disable
morning/evening
summer/winter
indoor indoors/outdoor outdoors
inbound/outbound
employer/employee
lender creditor/borrower debtor
plaintiff claimant/defendant
mandatory compulsory obligatory/optional voluntary
permanent/temporary
positive/negative
domestic/foreign
husband/wife
mother/father
son/daughter
male men man/female women woman
faster/slower
stronger/weaker
better/worse
longer/shorter
older/younger
deeper/shallower
heavier/lighter
many/few
stieg steigt steigen gestiegen wuchs gewachsen erhöht erhöhte zugenommen/sank sinkt gesunken \
fiel gefallen verringert verringerte abgenommen zurückgegangen
erlaubt gestattet zulässig/verboten untersagt unzulässig
mieter/vermieter
käufer/verkäufer
arbeitgeber/arbeitnehmer
geöffnet öffnet/geschlossen schließt
augmenté augmente augmentation hausse/diminué diminue baissé baisse diminution recul reculé
autorisé autorisés permis/interdit interdits défendu
locataire/bailleur
acheteur/vendeur
ouvert ouverte/fermé fermée
aumentó aumentaron subió subieron creció/disminuyó disminuyeron bajó bajaron cayó cayeron \
descendió
permitido permitida permitidos permitidas/prohibido prohibida prohibidos prohibidas
comprador/vendedor
aumentato aumentate aumentati aumentata cresciuto/diminuito diminuite diminuiti calato sceso
consentito permesso/vietato proibito
aumentou aumentaram cresceu subiu/diminuiu diminuíram caiu caíram
steeg stegen gestegen/daalde daalden gedaald
toegestaan/verboden
huurder/verhuurder
wzrosła wzrósł wzrosły/spadła spadł spadły
выросли вырос выросла увеличился увеличились/упали упал упала снизился снизились снизилась
разрешено разрешены разрешен/запрещено запрещены запрещен
arttı yükseldi/azaldı düştü
tăng/giảm
naik meningkat/turun menurun
ارتفع ارتفعت زاد زادت/انخفض انخفضت تراجع تراجعت
עלו עלה עלתה/ירדו ירד ירדה
बढ़ी बढ़ा बढ़े/घटी घटा घटे
"""

# The same where words have no blanks between them.
RUN_OPPOSITES = """
증가/감소 상승/하락 늘었/줄었 높/낮 이상/이하 가능/불가능 있다/없다 허용/금지 찬성/반대 최대/최소
増加/減少 上昇/低下 上昇/下落 増え/減っ 許可/禁止 認め/禁止 賛成/反対 最大/最小 買い手/売り手
貸主/借主
增长/下降 增加/减少 上升/下降 提高/降低 允许/禁止 买方/卖方 出租人/承租人 最高/最低 甲方/乙方
扩大/缩小
เพิ่มขึ้น/ลดลง ผู้ซื้อ/ผู้ขาย
"""

# With "in", "dis" and the like before them they say the opposite.
NEGATABLE = """
active valid eligible complete correct sufficient dependent direct visible accurate adequate
appropriate effective efficient secure capable compatible consistent voluntary formal accessible
possible proper mature mobile perfect regular relevant responsible revocable legal legible allowed
allow approve approved agree agreed connected connect able continue continued qualified satisfied
honest similar infected armed
"""

# How much of all is spoken of; an underscore stands for a blank.
SOME = """
some several few occasionally sometimes rarely einige manche mehrere gelegentlich quelques
certains
certaines plusieurs parfois algunos algunas varios varias alcuni alcune alguns algumas некоторые
несколько sommige enkele några noen nogle niektóre 일부 몇몇 가끔 一部 部分 一些 有些
"""

MANY = """
many most majority half often usually viele meisten mehrheit hälfte oft meist häufig beaucoup
plupart majorité moitié souvent muchos muchas mayoría mitad molti molte maggioranza metà muitos
muitas maioria metade многие большинство половина veel meeste många flesta mange fleste wiele
większość 대부분 다수 절반 多く 大半 ほとんど 半数 大多数 多数 一半 多數
"""

ALL = """
all every everyone everybody each always alle allen aller jede jeder jedes jeden sämtliche immer
tous toutes chaque toujours todos todas cada siempre tutti tutte ogni sempre todos sempre все всех
каждый каждая всегда altijd iedere alla varje alltid hver alltid wszystkie wszyscy każdy
zawsze 모든
모두 전부 항상 すべて 全て 全員 常に 所有 全部 全体 总是 全體
"""

ONLY = """
only solely exclusively nur ausschließlich allein seulement uniquement exclusivement solo sólo
solamente únicamente soltanto unicamente apenas somente только лишь исключительно alleen
uitsluitend
endast bara kun bare tylko wyłącznie limited_to restricted_to except other_than 만이 오직 のみ
だけ 仅 只有
僅
"""

PERMITTED = """
may can could kann können darf dürfen peut peuvent puede pueden può possono pode podem kan
kunnen mag
mogen может могут optional allowed_to permitted_to 수_있 できる ことができ てもよい 可以
"""

OBLIGED = """
must shall has_to have_to required_to needs_to need_to obliged_to mandatory muss müssen doit
doivent
debe deben deve devono devem moet moeten должен должна должны обязан обязаны 해야 하여야
なければならない
必要がある 必须 必須 应当 應當
"""

# It is told, and not as true.
DISOWNED = """
myth myths misconception hoax rumour rumours rumor rumors allegedly alleged debunked unfounded
fictional hypothetical angeblich gerücht gerüchte mythos prétendument rumeur supuestamente
presuntamente presunto якобы слухи 소문 낭설 헛소문 デマ 噂 谣言 傳聞 传闻
"""

# Of doing something to somebody, whose forms do not tell that they are verbs.
VERBS = """
sued won beat beats bought sold led leads taught paid pays hit met owns own lent gave gives made
makes built builds wrote found chose hired fired owes sues buys sells supplies acquires employs
represents manages controls supervises replaces funds
"""

# Behind these it is no verb.
NOUN_BEFORE = """
the a an its their his her our your this that of in on at for with
"""

# Before a number they name nothing.
LIGHT = """
every each all some per about around approximat roughly nearly almost total jede jeder etwa rund
tous toutes environ cada unos ogni circa ongever ungefähr
"""
