"""The stylesheet of the design system holds what pages use and little else (`scripts/purge.py`)."""

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SHEET = ROOT / "static" / "vendor" / "uswds" / "css" / "uswds.css"
WHOLE = ROOT / "node_modules" / "@uswds" / "uswds" / "dist" / "css" / "uswds.min.css"
purge = runpy.run_path(str(ROOT / "scripts" / "purge.py"))


def purged(css, *used):
    return purge["purged"](css, set(used))


def test_rules_of_unused_classes_are_left_out():
    css = "a{color:red}.usa-tag{x:1}.usa-nav,.usa-tag:hover{x:2}.usa-nav .usa-tag{x:3}"
    assert purged(css, "usa-tag") == "a{color:red}.usa-tag{x:1}.usa-tag:hover{x:2}"


def test_groups_without_rules_are_left_out():
    css = "@media (min-width:40em){.usa-nav{x:1}}@media print{.usa-nav{x:1}p{y:1}}@keyframes in{0%{x:1}to{x:2}}"
    assert purged(css) == "@media print{p{y:1}}"


def test_keyframes_of_a_kept_rule_stay():
    css = "@keyframes in{0%{x:1}to{x:2}}.a{animation:in 1s}"
    assert purged(css, "a") == css


def test_braces_and_commas_in_strings_and_urls_end_no_rule():
    css = '.a{content:"}";background:url(data:image/svg+xml;utf8,<svg>{</svg>)}.b:is(.a,.c),.a{x:1}'
    assert purged(css, "a") == '.a{content:"}";background:url(data:image/svg+xml;utf8,<svg>{</svg>)}.a{x:1}'


def test_a_name_that_ends_in_a_hyphen_means_all_with_that_beginning():
    assert purged(".usa-alert--info{x:1}.usa-alert{y:1}", "usa-alert--") == ".usa-alert--info{x:1}"


def test_escaped_names_are_found():
    assert purged(r".tablet\:grid-col{x:1}", "tablet:grid-col") == r".tablet\:grid-col{x:1}"


def test_every_class_that_pages_use_is_in_the_built_sheet():
    """If this fails after a change of a template: run scripts/assets."""
    if not WHOLE.exists():
        return
    names = purge["used_classes"]()
    known = {name for name in names if f".{name}" in WHOLE.read_text()}
    sheet = SHEET.read_text()
    assert {name for name in known if f".{name}" not in sheet} == set()
    assert "usa-button" in known
