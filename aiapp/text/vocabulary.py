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
january jan januar janvier janv enero gennaio janeiro januari jänner stycznia января ocak \
tammikuuta ledna január ianuarie ιανουαρίου січня يناير जनवरी ינואר בינואר มกราคม
february feb februar février févr febrero febbraio fevereiro februari lutego февраля şubat \
helmikuuta února február februarie φεβρουαρίου лютого فبراير फरवरी פברואר בפברואר กุมภาพันธ์
march mar märz mars marzo março maart marca марта mart marts maaliskuuta března március martie \
μαρτίου березня maret مارس मार्च מרץ במרץ มีนาคม
april apr avril abril aprile kwietnia апреля nisan huhtikuuta dubna április aprilie απριλίου \
квітня أبريل अप्रैल אפריל באפריל เมษายน
may mai mayo maggio maio mei maj maja мая mayıs toukokuuta května május μαΐου травня مايو मई \
מאי במאי พฤษภาคม
june jun juni juin junio giugno junho czerwca июня haziran kesäkuuta června június iunie \
ιουνίου червня يونيو जून יוני ביוני มิถุนายน
july jul juli juillet juil julio luglio julho lipca июля temmuz heinäkuuta července július \
iulie ιουλίου липня يوليو जुलाई יולי ביולי กรกฎาคม
august aug août agosto augustus augusti sierpnia августа ağustos elokuuta srpna augusztus \
αυγούστου серпня agustus أغسطس अगस्त אוגוסט באוגוסט สิงหาคม
september sep sept septembre septiembre settembre setembro września сентября eylül syyskuuta \
září szeptember septembrie σεπτεμβρίου вересня سبتمبر सितंबर ספטמבר בספטמבר กันยายน
october oct oktober octobre octubre ottobre outubro października октября ekim lokakuuta října \
október octombrie οκτωβρίου жовтня أكتوبر अक्टूबर אוקטובר באוקטובר ตุลาคม
november nov novembre noviembre novembro listopada ноября kasım marraskuuta listopadu \
noiembrie νοεμβρίου листопада نوفمبر नवंबर נובמבר בנובמבר พฤศจิกายน
december dec dezember décembre diciembre dicembre dezembro grudnia декабря aralık joulukuuta \
prosince decembrie δεκεμβρίου грудня desember ديسمبر दिसंबर דצמבר בדצמבר ธันวาคม
"""
