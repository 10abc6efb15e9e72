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
two second twice;three third;four fourth;five fifth;six sixth;seven seventh;eight eighth;nine ninth;
ten tenth;eleven eleventh;twelve twelfth;thirteen;fourteen;fifteen;sixteen;seventeen;eighteen;
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
january jan januar janvier enero gennaio janeiro
february feb februar février febrero febbraio fevereiro
march mar märz mars marzo março
april apr avril abril aprile
may mai mayo maggio maio
june jun juni juin junio giugno junho
july jul juli juillet julio luglio julho
august aug août agosto
september sep sept septembre septiembre settembre setembro
october oct oktober octobre octubre ottobre outubro
november nov novembre noviembre novembro
december dec dezember décembre diciembre dicembre dezembro
"""

# Behind a number they say what it is a share of, as the sign does.
PERCENT = "percent percentage prozent pourcent por ciento percento 퍼센트 프로"
