"""The words that the comparison knows by name, as texts to be split."""

NEGATORS = "not no never nobody nothing none neither nor without cannot hardly"

# In other languages; Spanish and Italian share what is English as well.
NEGATORS_ELSEWHERE = """
nicht nichts nie niemals niemand niemanden niemandem kein keine keinen keinem keiner keines
keinerlei weder keineswegs nirgends pas jamais aucun aucune aucuns aucunes rien guère nullement
nunca jamás nada nadie ningún ninguna ninguno ningunos ningunas tampoco nessun nessuna nessuno
niente nemmeno neppure neanche não nenhum nenhuma nenhuns nenhumas ninguém tampouco niet geen nooit
niets nergens inte ej aldrig ingen inget inga icke ikke aldri ingenting ikkje intet ei eivät emme
ette nigdy żaden żadna żadne żadnych żadnego żadnej nikt brak není nejsou nelze nemá nemají nesmí
nesmějí nemůže nemohou nebyl nebyla nebylo nebyli nikdy nikdo žádný žádná žádné žádných nebude
nebudou nemusí nije nisu nema nemaju neće nikad nikada nijedan niso nima nimajo nem nincs nincsenek
sem soha senki не нет ни нельзя никогда никто ничто ничего немає ніколи няма нито ніхто δεν δε μην
ποτέ κανείς κανένας καμία κανένα değil değildir değiller yok yoktur asla لا لم لن ليس ليست ليسوا ولا
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

# From two on: "one" is as often a pronoun as a number.
NUMBERS = """
two second twice zwei deux;three third drei trois tres;four fourth vier quatre cuatro;
five fifth fünf cinq cinco;six sixth sechs seis;seven seventh sieben siete;
eight eighth acht huit ocho;nine ninth neun neuf nueve;ten tenth zehn dix diez;
eleven eleventh onze;twelve twelfth zwölf douze doce;
thirteen;fourteen;fifteen;sixteen;seventeen;eighteen;
nineteen;
twenty twentieth
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
stieg steigt steigen gestiegen wuchs gewachsen erhöht erhöhte zugenommen/sank sinkt gesunken fiel gefallen verringert verringerte abgenommen zurückgegangen
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
aumentó aumentaron subió subieron creció/disminuyó disminuyeron bajó bajaron cayó cayeron descendió
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
増加/減少 上昇/低下 上昇/下落 増え/減っ 許可/禁止 認め/禁止 賛成/反対 最大/最小 買い手/売り手 貸主/借主
增长/下降 增加/减少 上升/下降 提高/降低 允许/禁止 买方/卖方 出租人/承租人 最高/最低 甲方/乙方 扩大/缩小
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

# What a currency is called, then its signs and codes, and how else it is called.
CURRENCIES = """
euro euros € eur
dollar dollars $ usd
pound pounds £ gbp
yen jpy
yuan cny rmb
won ₩ krw
rupee rupees ₹ inr
franc francs chf franken
"""

# With these an amount without a sign may be below nothing.
DOWNWARD = """
negative minus loss losses fell fall falls falling fallen decline declined declines declining
decrease decreased decreases decreasing drop dropped drops down below deficit lost lose shrink
shrank shrunk reduced reduction cut less contracted contraction sank verlust rückgang gesunken
baisse perte pérdida caída unter moins menos discount discounted rebate off lower outflow debit
cost costs expense expenses tax taxes paid pay spent repaid repayment owed kosten rabatt
"""
DOWNWARD_CJK = """
감소 하락 손실 적자 마이너스 영하 줄 할인 비용 지출
下降 减少 下跌 亏损 減少 損失 赤字 低下 零下 費用 费用
"""

# Behind a number they say what it is a share of, as the sign does.
PERCENT = "percent percentage prozent pourcent por ciento percento 퍼센트 프로"

# Units that are told apart, each with its other names.
UNITS = """
second seconds sec secs s sekunde sekunden seconde secondes segundo segundos secondi secondo 초 秒 วินาที giây
minute minutes min mins minuten minuto minutos minuti 분 分 分钟 分鐘 นาที phút
hour hours hr hrs h stunde stunden heure heures hora horas ora ore uur uren timmar час часа часов 시간 時間 小时 小時 saat giờ ชั่วโมง jam
day days tag tage tagen jour jours día días giorno giorni dia dias dag dagen dagar dage dni день дня дней 일 日 天 gün ngày วัน hari يوم أيام
week weeks woche wochen semaine semaines semana semanas settimana settimane weken veckor uger неделя недели недель 주 주일 週間 周 週 hafta tuần สัปดาห์ minggu
month months monat monate monaten mois mes meses mese mesi mês maand maanden månader måneder месяц месяца месяцев 개월 ヶ月 か月 カ月 个月 個月 ay tháng เดือน bulan
year years yr yrs jahr jahre jahren an ans année années año años anno anni ano anos jaar år год года лет 년 年 年間 yıl năm ปี tahun
millimetre millimetres millimeter millimeters mm
centimetre centimetres centimeter centimeters cm
metre metres meter meters m mètre mètres metro metros metri метр метра метров 미터 メートル 米
kilometre kilometres kilometer kilometers km kilomètre kilomètres kilómetro kilómetros 킬로미터 キロメートル 公里
foot feet ft
inch inches
yard yards yd
mile miles mi
hectare hectares ha hektar
acre acres
m² m2 sqm
km² km2
m³ m3
microgram micrograms µg μg mcg
milligram milligrams mg milligramm
gram grams g gramm gramme grammes gramos
kilogram kilograms kilo kilos kg kilogramm kilogrammes kilogramos 킬로그램 キログラム 公斤
tonne tonnes t tonnen toneladas
ounce ounces oz
lb lbs
millilitre millilitres milliliter milliliters ml mL
centilitre centilitres cl
litre litres liter liters l L litri litros 리터 リットル
gallon gallons
°C ℃ degC celsius
°F ℉ degF fahrenheit
kelvin K
Kb kbit
Mb Mbit mbit
Gb Gbit gbit
KB kB kilobyte kilobytes
MB megabyte megabytes
GB gigabyte gigabytes
TB terabyte terabytes
watt watts W
kilowatt kilowatts kW
megawatt megawatts MW
gigawatt gigawatts GW
kWh kilowatt-hours
MWh megawatt-hours
volt volts V
mV millivolt millivolts
Hz hertz
kHz kilohertz
MHz megahertz
GHz gigahertz
mph
km/h kmh kph
"""

# What makes a number a bound, parted by semicolons: before it and behind it.
LOWER_BOUNDS_BEFORE = """
at least;no less than;not less than;no fewer than;not fewer than;no earlier than;not earlier than
minimum;minimum of;more than;greater than;higher than;larger than;older than;longer than;over;above
exceed;exceeds;exceeding;exceeded;beyond;after;mindestens;wenigstens;nicht weniger als;mehr als;über
ab;nach;au moins;minimum de;plus de;supérieur à;supérieure à;supérieurs à;supérieures à;après
al menos;por lo menos;más de;mayor de;mayores de;mayor que;mínimo de;después de;después del;almeno
più di;oltre;superiore a;dopo;dopo il;pelo menos;no mínimo;mais de;após;minstens;ten minste;meer dan
boven;minst;mer än;över;mer enn;mindst;mere end;co najmniej;ponad;więcej niż;не менее;не меньше;более
больше;свыше;после;en az;至少;不少于;不低于;超过;超過;少なくとも;최소;적어도;ít nhất;trên;hơn;อย่างน้อย;มากกว่า
ไม่น้อยกว่า;minimal;lebih dari;setelah;على الأقل;أكثر من;لا يقل عن;לפחות;מעל;יותר מ;>;>=;≥
"""
UPPER_BOUNDS_BEFORE = """
at most;no more than;not more than;no longer than;not longer than;no later than;not later than
no higher than;not higher than;no greater than;maximum;maximum of;up to;less than;fewer than
lower than;younger than;shorter than;smaller than;under;below;within;before;not exceed;not exceeding
höchstens;maximal;nicht mehr als;weniger als;unter;bis zu;vor;innerhalb von;au plus;au maximum
moins de;pas plus de;inférieur à;inférieure à;inférieurs à;inférieures à;jusqu'à;avant;como máximo
menos de;no más de;menor de;menores de;menor que;hasta;antes de;antes del;al massimo;meno di
non più di;fino a;inferiore a;entro;prima di;prima del;no máximo;não mais de;até;hoogstens;maximaal
minder dan;niet meer dan;onder;högst;mindre än;under;maks;høyst;mindre enn;højst;mindre end
co najwyżej;mniej niż;nie więcej niż;poniżej;до;не более;не больше;не позднее;менее;меньше;en fazla
最多;不超过;不超過;不得超过;少于;低于;不到;最大;최대;tối đa;dưới;không quá;ไม่เกิน;น้อยกว่า;maksimal
tidak lebih dari;kurang dari;sebelum;أقل من;لا يزيد عن;לכל היותר;פחות מ;<;<=;≤
"""
LOWER_BOUNDS_BEHIND = """
or more;or over;or above;or older;or longer;or higher;and over;and above;and older;and up;oder mehr
ou plus;o más;o più;ou mais;of meer;eller mer;이상;초과;以上;を超え;超;を上回
"""
UPPER_BOUNDS_BEHIND = """
or less;or fewer;or below;or under;or younger;or lower;and under;and below;and younger;at most
oder weniger;ou moins;o menos;o meno;ou menos;of minder;이하;미만;이내;以下;未満;以内;以內;未满
"""

# How words of measure are also written beside a number, each behind the word.
UNIT_WORDS = """
second s sec secs
minute min mins
hour h hr hrs
year yr yrs
millimetre mm millimeter millimeters
centimetre cm centimeter centimeters
metre m meter meters
kilometre km kilometer kilometers
foot ft feet
mile mi
hectare ha
microgram µg μg mcg
milligram mg
gram g
kilogram kg kilo kilos
tonne t
ounce oz
litre l liter liters
millilitre ml milliliter milliliters
watt w
kilowatt kw
megawatt mw
kilobyte kb
megabyte mb
gigabyte gb
terabyte tb
"""

# How much of all is spoken of; an underscore stands for a blank.
SOME = """
some several few occasionally sometimes rarely einige manche mehrere gelegentlich quelques certains
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
каждый каждая всегда altijd iedere alla varje alltid hver alltid wszystkie wszyscy każdy zawsze 모든
모두 전부 항상 すべて 全て 全員 常に 所有 全部 全体 总是 全體
"""
ONLY = """
only solely exclusively nur ausschließlich allein seulement uniquement exclusivement solo sólo
solamente únicamente soltanto unicamente apenas somente только лишь исключительно alleen uitsluitend
endast bara kun bare tylko wyłącznie limited_to restricted_to except other_than 만이 오직 のみ だけ 仅 只有
僅
"""
PERMITTED = """
may can could kann können darf dürfen peut peuvent puede pueden può possono pode podem kan kunnen mag
mogen может могут optional allowed_to permitted_to 수_있 できる ことができ てもよい 可以
"""
OBLIGED = """
must shall has_to have_to required_to needs_to need_to obliged_to mandatory muss müssen doit doivent
debe deben deve devono devem moet moeten должен должна должны обязан обязаны 해야 하여야 なければならない
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
