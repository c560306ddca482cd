"""The catalogs of translations: what is collected of the sources, and what a compiled catalog says (`scripts/catalogs.py`)."""

import gettext
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts import catalogs
from scripts.catalogs import Entry, Key

TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), include_characters="\n\t"), min_size=1
).filter(str.strip)
KEYS = st.builds(Key, TEXTS, st.just("") | TEXTS)
CATALOGS = st.dictionaries(
    KEYS,
    st.builds(Entry, translations=st.tuples(TEXTS).map(list))
    | st.builds(Entry, plural=TEXTS, translations=st.tuples(TEXTS, TEXTS).map(list)),
    max_size=5,
)


@given(catalog=CATALOGS)
def test_a_written_catalog_is_read_again(tmp_path_factory, catalog):
    path = tmp_path_factory.mktemp("catalog") / "es" / "LC_MESSAGES" / "django.po"
    catalogs.write(path, catalog)
    assert catalogs.read(path) == catalog


@given(catalog=CATALOGS)
def test_a_compiled_catalog_says_what_was_written(catalog):
    found = gettext.GNUTranslations(io.BytesIO(catalogs.compiled(catalog, "es")))
    for key, entry in catalog.items():
        if not entry.plural:
            same = found.pgettext(key.context, key.text) if key.context else found.gettext(key.text)
            assert same == entry.translations[0]
        elif not key.context:
            assert [found.ngettext(key.text, entry.plural, number) for number in (1, 2)] == entry.translations


def test_texts_of_modules_are_collected_without_what_staff_read():
    source = """
class Meta:
    verbose_name = _("phone")
name = models.CharField(verbose_name=_("name"), help_text=_("Your " "name"))
email = EncryptedTextField(_("email"), blank=True)
pgettext_lazy("verb", "Open")
ngettext("One", "%(n)s many", 3)
gettext(variable)
"""
    assert list(catalogs.of_python(source)) == [
        (Key("Your name"), ""),
        (Key("Open", "verb"), ""),
        (Key("One"), "%(n)s many"),
    ]


def test_texts_of_templates_are_collected():
    source = """{% load i18n %}{% translate "It's" %}{{ _("x") }}
{% blocktranslate trimmed count n=a with b=c %}One
   {{ b }}{% plural %}{{ n }} "many"{% endblocktranslate %}{% translate "Open" context "verb" as y %}"""
    assert list(catalogs.of_template(source)) == [
        (Key("It's"), ""),
        (Key("x"), ""),
        (Key("One %(b)s"), '%(n)s "many"'),
        (Key("Open", "verb"), ""),
    ]


def test_a_changed_source_keeps_translations_and_drops_what_is_gone():
    found = {Key("Old"): Entry(comments=["a.py"]), Key("New"): Entry(comments=["b.py"])}
    translated = {Key("Old"): Entry(translations=["Viejo"]), Key("Gone"): Entry(translations=["Ido"])}
    assert catalogs.merged(found, translated) == {
        Key("Old"): Entry(translations=["Viejo"], comments=["a.py"]),
        Key("New"): Entry(comments=["b.py"]),
    }


@pytest.mark.parametrize(
    ("text", "plural", "translations", "problem"),
    [
        ("Name", "", [], "not translated"),
        ("Name", "", [""], "not translated"),
        ("One", "%(n)s", ["Uno"], "not translated"),
        ("Hello %(name)s", "", ["Hola"], "other placeholders"),
        ("Hello {name}", "", ["Hola {nombre}"], "other placeholders"),
        ("One", "%(n)s many", ["Uno", "muchos"], "other placeholders"),
        ("<b>Now</b>", "", ["<i>Ya</b>"], "other placeholders"),
        ("Name ", "", ["Nombre"], "other space"),
    ],
)
def test_what_is_wrong_is_named(text, plural, translations, problem):
    found = list(catalogs.problems({Key(text): Entry(plural, translations)}, "es"))
    assert len(found) == 1 and found[0].startswith(problem)


def test_what_is_right_is_silent():
    right = {
        Key("One"): Entry("%(n)s many", ["Uno", "%(n)s muchos"]),
        Key("%(n)s day"): Entry("%(n)s days", ["%(n)s día", "%(n)s días"]),
        Key("<a href='%(url)s'>Go</a>"): Entry(translations=["<a href='%(url)s'>Vaya</a>"]),
    }
    assert list(catalogs.problems(right, "es")) == []
    doubtful = {Key("One"): Entry(translations=["Uno"], fuzzy=True)}
    assert len(list(catalogs.problems(doubtful, "es"))) == 1


def test_the_catalogs_have_the_texts_of_the_sources():
    """If this fails after a change of a text: run `make texts`, then translate it."""
    found = catalogs.extract()
    for path in catalogs.LOCALE.glob("*/*/django.po"):
        assert set(found) - set(catalogs.read(path)) == set(), path


def test_every_text_is_translated():
    """If this fails after a change of a text: run `make texts`, then translate what it names."""
    for path in catalogs.LOCALE.glob("*/*/django.po"):
        assert list(catalogs.problems(catalogs.read(path), path.parent.parent.name)) == [], path
