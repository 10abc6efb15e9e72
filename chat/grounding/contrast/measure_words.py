"""Units, bounds and spans as words beside numbers, as texts to be split."""

# Units that are told apart, each with its other names.
UNITS = """
second seconds sec secs s sekunde sekunden seconde secondes segundo segundos secondi secondo \
초 秒 วินาที giây
minute minutes min mins minuten minuto minutos minuti 분 分 分钟 分鐘 นาที phút
hour hours hr hrs h stunde stunden heure heures hora horas ora ore uur uren timmar час часа \
часов 시간 時間 小时 小時 saat giờ ชั่วโมง jam
day days tag tage tagen jour jours día días giorno giorni dia dias dag dagen dagar dage dni \
день дня дней 일 日 天 gün ngày วัน hari يوم أيام
week weeks woche wochen semaine semaines semana semanas settimana settimane weken veckor uger \
неделя недели недель 주 주일 週間 周 週 hafta tuần สัปดาห์ minggu
month months monat monate monaten mois mes meses mese mesi mês maand maanden månader måneder \
месяц месяца месяцев 개월 ヶ月 か月 カ月 个月 個月 ay tháng เดือน bulan
year years yr yrs jahr jahre jahren an ans année années año años anno anni ano anos jaar år \
год года лет 년 年 年間 yıl năm ปี tahun
millimetre millimetres millimeter millimeters mm
centimetre centimetres centimeter centimeters cm
metre metres meter meters m mètre mètres metro metros metri метр метра метров 미터 メートル 米
kilometre kilometres kilometer kilometers km kilomètre kilomètres kilómetro kilómetros \
킬로미터 キロメートル 公里
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
minimum;minimum of;more than;greater than;higher than;larger than;older than;longer than;over
above
exceed;exceeds;exceeding;exceeded;beyond;after;mindestens;wenigstens;nicht weniger als
mehr als;über
ab;nach;au moins;minimum de;plus de;supérieur à;supérieure à;supérieurs à;supérieures à;après
al menos;por lo menos;más de;mayor de;mayores de;mayor que;mínimo de;después de;después del;almeno
più di;oltre;superiore a;dopo;dopo il;pelo menos;no mínimo;mais de;após;minstens;ten minste
meer dan
boven;minst;mer än;över;mer enn;mindst;mere end;co najmniej;ponad;więcej niż;не менее
не меньше;более
больше;свыше;после;en az;至少;不少于;不低于;超过;超過;少なくとも;최소;적어도;ít nhất;trên;hơn
อย่างน้อย;มากกว่า
ไม่น้อยกว่า;minimal;lebih dari;setelah;على الأقل;أكثر من;لا يقل عن;לפחות;מעל;יותר מ;>;>=;≥
"""

UPPER_BOUNDS_BEFORE = """
at most;no more than;not more than;no longer than;not longer than;no later than;not later than
no higher than;not higher than;no greater than;maximum;maximum of;up to;less than;fewer than
lower than;younger than;shorter than;smaller than;under;below;within;before;not exceed
not exceeding
höchstens;maximal;nicht mehr als;weniger als;unter;bis zu;vor;innerhalb von;au plus;au maximum
moins de;pas plus de;inférieur à;inférieure à;inférieurs à;inférieures à;jusqu'à;avant;como máximo
menos de;no más de;menor de;menores de;menor que;hasta;antes de;antes del;al massimo;meno di
non più di;fino a;inferiore a;entro;prima di;prima del;no máximo;não mais de;até;hoogstens
maximaal
minder dan;niet meer dan;onder;högst;mindre än;under;maks;høyst;mindre enn;højst;mindre end
co najwyżej;mniej niż;nie więcej niż;poniżej;до;не более;не больше;не позднее;менее;меньше
en fazla
最多;不超过;不超過;不得超过;少于;低于;不到;最大;최대;tối đa;dưới;không quá;ไม่เกิน;น้อยกว่า;maksimal
tidak lebih dari;kurang dari;sebelum;أقل من;لا يزيد عن;לכל היותר;פחות מ;<;<=;≤
"""

LOWER_BOUNDS_BEHIND = """
or more;or over;or above;or older;or longer;or higher;and over;and above;and older;and up
oder mehr
ou plus;o más;o più;ou mais;of meer;eller mer;이상;초과;以上;を超え;超;を上回
"""

UPPER_BOUNDS_BEHIND = """
or less;or fewer;or below;or under;or younger;or lower;and under;and below;and younger;at most
oder weniger;ou moins;o menos;o meno;ou menos;of minder;이하;미만;이내;以下;未満;以内;以內;未满
"""

# Where a span begins and ends.
FROM_BEFORE = "from von desde van från fra від от 从 從 自"

TO_BEFORE = "to bis auf hasta até para naar till til до - \u2013 \u2014 ~ 〜 到 至 から 에서 부터"

# Numbers in words, each behind its figures.
CARDINALS = """
2 two zwei deux dos due dois twee två dwa два iki
3 three drei trois tres tre três drie trzy три üç
4 four vier quatre cuatro quattro quatro fyra fire cztery четыре dört
5 five fünf cinq cinco cinque vijf fem pięć пять beş
6 six sechs seis sei zes sex seks sześć шесть altı
7 seven sieben siete sette sete zeven sju siedem семь yedi
8 eight acht huit ocho otto oito åtta otte osiem восемь sekiz
9 nine neun neuf nueve nove negen nio dziewięć девять dokuz
10 ten zehn dix diez dieci dez tien tio dziesięć десять
12 twelve zwölf douze doce dodici doze twaalf tolv dwanaście двенадцать
14 fourteen vierzehn quatorze catorce quattordici veertien fjorton
15 fifteen fünfzehn quinze quince quindici vijftien femton
20 twenty zwanzig vingt veinte venti vinte twintig tjugo
30 thirty dreißig trente treinta trenta trinta dertig trettio
60 sixty sechzig soixante sesenta sessanta sessenta zestig sextio
90 ninety neunzig noventa novanta negentig nittio
"""
