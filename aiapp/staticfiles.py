"""Static files under names that hold their content's hash, JavaScript modules included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedModules(CompressedManifestStaticFilesStorage):
    """Rewrites `import` statements too, so that modules may be cached for ever."""

    support_js_module_import_aggregation = True
    # A page must not fail for a picture that nobody collected: the plain name is used.
    manifest_strict = False
