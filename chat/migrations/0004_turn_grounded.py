from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0003_requests_in_openai_form"),
    ]

    operations = [
        migrations.AddField(
            model_name="turn",
            name="grounded",
            field=models.BooleanField(null=True),
        ),
    ]
