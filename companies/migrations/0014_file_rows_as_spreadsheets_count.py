from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("companies", "0013_search_keys"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="companyimportproblem", name="company_import_problem_once"),
        migrations.RenameField(model_name="companyimportproblem", old_name="line", new_name="row"),
        migrations.AddConstraint(
            model_name="companyimportproblem",
            constraint=models.UniqueConstraint(fields=["company_import", "row"], name="company_import_problem_once"),
        ),
        migrations.AddField(model_name="companyimport", name="first_rows", field=models.JSONField(default=list)),
    ]
