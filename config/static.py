"""Which static files are collected: the wheels bring thousands that no page asks for."""

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(StaticFilesConfig):
    """Django's static files without drawings, sources, maps and the variants of Bootstrap that nobody loads."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "*.scss",
        "*.map",
        "bootstrap-icons/*.svg",
        "bootstrap-grid*",
        "bootstrap-reboot*",
        "bootstrap-utilities*",
        "bootstrap.esm*",
        "*.rtl.*",
    ]


class CollectedFiles(CompressedManifestStaticFilesStorage):
    """Names with a hash of the content; a source map that was left out does not count as a missing file."""

    patterns = tuple(
        (glob, tuple(rule for rule in rules if "sourceMappingURL" not in str(rule)))
        for glob, rules in CompressedManifestStaticFilesStorage.patterns
    )
