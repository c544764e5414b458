"""By which names people know languages."""


def language_names(env):
    """Return the name of each language by its code, also of those that are not installed.

    :rtype: dict[str, str]
    """
    languages = env["res.lang"].with_context(active_test=False)
    return {lang.code: lang.name for lang in languages.search_fetch([], ["code", "name"])}
