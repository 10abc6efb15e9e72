"""Words that several readers of texts know by name, as texts to be split."""

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

# A full stop behind these ends no sentence.
ABBREVIATIONS = """
dr mr mrs ms prof st no nos vs etc e.g i.e eg ie cf fig figs sec ch vol pp p ca approx inc ltd co
corp
dept est min max jan feb mar apr jun jul aug sep sept oct nov dec a.m p.m z.b d.h bzw nr usw u.s u.k
mio mrd
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
