"""The words that the comparison knows by name, as texts to be split."""

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
