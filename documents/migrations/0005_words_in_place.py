"""Keep the words of a chunk beside its row, and know more of the common ones.

Both statements change settings of the table, at once and for no reader to notice. Rows take the
first up as they are written; the second, with the next ANALYZE.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("documents", "0004_texts_added_by_programs")]

    operations = [
        # A chunk has two or three kilobytes, and its words would be packed away and unpacked at
        # every comparison.
        migrations.RunSQL(
            "ALTER TABLE documents_chunk SET (toast_tuple_target = 8160)",
            "ALTER TABLE documents_chunk RESET (toast_tuple_target)",
        ),
        # Ten times so many words are listed with how common they are (`documents.search`).
        migrations.RunSQL(
            "ALTER TABLE documents_chunk ALTER COLUMN words SET STATISTICS 500",
            "ALTER TABLE documents_chunk ALTER COLUMN words SET STATISTICS -1",
        ),
    ]
