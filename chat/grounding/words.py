"""The words that the comparison knows by name, as texts to be split."""

FUNCTION = """
a about according after all also although am an and any are as at be because been before being both
but by can could did do does doing during each either for from further had has have having he her
here hers him his how if in into is it its itself just may me might more most must my no nor not now
of off on once one only or other our out over own s same shall she should so some such than that the
their them then there these they this those through thus to too under until up upon us very via was
we were what when where whether which while who whom whose why will with within without would yes
yet
you your
"""

NEGATORS = "not no never nobody nothing none neither nor without cannot hardly"

AUXILIARIES = """
is are was were be been has have had will would must may might can could shall should do does did
and
but or
"""

# A full stop behind these ends no sentence.
ABBREVIATIONS = """
dr mr mrs ms prof st no nos vs etc e.g i.e eg ie cf fig figs sec ch vol pp p ca approx inc ltd co
corp
dept est min max jan feb mar apr jun jul aug sep sept oct nov dec a.m p.m z.b d.h bzw nr usw u.s u.k
mio mrd
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
"""

# A line a month: its English name, then how it is called elsewhere and abbreviated.
MONTHS = """
january jan januar janvier janv enero gennaio janeiro januari jänner stycznia января ocak
february feb februar février févr febrero febbraio fevereiro februari lutego февраля şubat
march mar märz mars marzo março maart marca марта mart
april apr avril abril aprile kwietnia апреля nisan
may mai mayo maggio maio mei maj maja мая mayıs
june jun juni juin junio giugno junho czerwca июня haziran
july jul juli juillet juil julio luglio julho lipca июля temmuz
august aug août agosto augustus augusti sierpnia августа ağustos
september sep sept septembre septiembre settembre setembro września сентября eylül
october oct oktober octobre octubre ottobre outubro października октября ekim
november nov novembre noviembre novembro listopada ноября kasım
december dec dezember décembre diciembre dicembre dezembro grudnia декабря aralık
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
