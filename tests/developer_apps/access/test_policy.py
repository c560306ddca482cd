"""The policy of use: every combination of facts, with the refusal and the scopes that it means."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from developer_apps.access import policy
from developer_apps.access.policy import AppFacts, GrantFacts, KeyFacts, Refusal, UserFacts

TEAM, OTHER_TEAM = 1, 2
NOW = datetime(2026, 1, 1, tzinfo=UTC)
REGISTERED = frozenset({"tasks", "notifications", "case_status.read"})
WITHHELD = frozenset({"case_status.read"})
# A person outside the team, a member, test users of the app's and of another team, and no one (a client's own token).
OUTSIDER, MEMBER = UserFacts(True, False), UserFacts(True, True)
OWN_TEST_USER, FOREIGN_TEST_USER = UserFacts(True, False, TEAM), UserFacts(True, False, OTHER_TEAM)
USERS = [OUTSIDER, MEMBER, OWN_TEST_USER, FOREIGN_TEST_USER, None]
BOOLEANS = [False, True]

# One row for each condition, in order of precedence: when it holds, and the refusal it means. A new condition is a new
# row here, a fact, and a line of the policy. `facts` is everything that one combination knows.
CONDITIONS = [
    (lambda facts: facts["is_expired"], Refusal.EXPIRED),
    (lambda facts: facts["is_revoked"] and facts["user"], Refusal.REVOKED),
    (lambda facts: facts["is_blocked"], Refusal.BLOCKED),
    (lambda facts: facts["is_suspended"], Refusal.SUSPENDED),
    (lambda facts: facts["user"] and not facts["is_active"], Refusal.INACTIVE_USER),
    (lambda facts: facts["user"] is FOREIGN_TEST_USER, Refusal.PRIVATE),
    (lambda facts: facts["user"] is OUTSIDER and not facts["is_public"], Refusal.PRIVATE),
]
# Conditions that sign-in knows: it has no token, grant or keys.
AT_SIGN_IN = {Refusal.BLOCKED, Refusal.INACTIVE_USER, Refusal.PRIVATE}
# Conditions of the keys, no matter who uses them.
OF_KEYS = {Refusal.BLOCKED, Refusal.SUSPENDED}

FACTS = {
    "is_public": BOOLEANS,
    "is_blocked": BOOLEANS,
    "user": USERS,
    "is_active": BOOLEANS,
    "is_production": BOOLEANS,
    "is_suspended": BOOLEANS,
    "is_revoked": BOOLEANS,
    "is_expired": BOOLEANS,
}
COMBINATIONS = [dict(zip(FACTS, values, strict=True)) for values in itertools.product(*FACTS.values())]


def expected(facts, among=frozenset(Refusal)):
    return next((refusal for holds, refusal in CONDITIONS if refusal in among and holds(facts)), None)


def as_facts(facts):
    app = AppFacts(TEAM, facts["is_public"], facts["is_blocked"], REGISTERED, WITHHELD)
    keys = KeyFacts(facts["is_production"], facts["is_suspended"])
    user = facts["user"] and facts["user"]._replace(is_active=facts["is_active"])
    grant = GrantFacts(facts["is_revoked"], frozenset({"tasks", "case_status.read"})) if user else None
    return app, keys, user, grant


def test_a_token_is_refused_for_the_first_condition_that_holds():
    for facts in COMBINATIONS:
        app, keys, user, grant = as_facts(facts)
        expires = NOW if facts["is_expired"] else NOW + timedelta(seconds=1)
        assert policy.use_refusal(app, keys, user, grant, expires, NOW) is expected(facts), facts


def test_sign_in_is_refused_for_what_concerns_the_app_and_the_person():
    for facts in COMBINATIONS:
        app, _keys, user, _grant = as_facts(facts)
        if user:
            assert policy.sign_in_refusal(app, user) is expected(facts, AT_SIGN_IN), facts


def test_keys_are_refused_no_matter_who_uses_them():
    for facts in COMBINATIONS:
        app, keys, _user, _grant = as_facts(facts)
        assert policy.keys_refusal(app, keys) is expected(facts, OF_KEYS), facts


def test_every_refusal_has_a_condition_in_the_table():
    assert {refusal for _holds, refusal in CONDITIONS} == set(Refusal)
    assert [refusal for _holds, refusal in CONDITIONS] == sorted(
        (refusal for _holds, refusal in CONDITIONS), key=lambda refusal: refusal.value
    )


# (user, production keys): what can be granted, and what a token carries that was granted everything registered.
SCOPES = [
    (OUTSIDER, False, {"tasks", "notifications"}, {"tasks"}),
    (OUTSIDER, True, {"tasks", "notifications"}, {"tasks"}),
    (MEMBER, False, REGISTERED, {"tasks", "case_status.read"}),
    (MEMBER, True, {"tasks", "notifications"}, {"tasks"}),
    (OWN_TEST_USER, False, REGISTERED, {"tasks", "case_status.read"}),
    (OWN_TEST_USER, True, {"tasks", "notifications"}, {"tasks"}),
    (FOREIGN_TEST_USER, False, {"tasks", "notifications"}, {"tasks"}),
    (FOREIGN_TEST_USER, True, {"tasks", "notifications"}, {"tasks"}),
    (None, False, REGISTERED, REGISTERED),
    (None, True, {"tasks", "notifications"}, {"notifications"}),
]


@pytest.mark.parametrize(("user", "is_production", "grantable", "effective"), SCOPES)
def test_scopes_of_sandbox_only_products_stay_with_the_team_and_its_sandbox_keys(
    user, is_production, grantable, effective
):
    app, keys, user, grant = as_facts(
        dict.fromkeys(FACTS, False) | {"user": user, "is_active": True, "is_production": is_production}
    )

    assert policy.grantable_scopes(app, keys, user) == grantable
    granted_products = frozenset({"notifications"})
    assert policy.effective_scopes(app, keys, user, grant, REGISTERED, lambda: granted_products) == effective


def test_scopes_of_products_that_take_the_apps_own_token_only_are_never_a_persons():
    app = AppFacts(TEAM, True, False, REGISTERED, frozenset(), WITHHELD)
    for user in USERS:
        own = user is None
        assert ("case_status.read" in policy.grantable_scopes(app, None, user)) == own
        grant = None if own else GrantFacts(False, REGISTERED)
        carried = policy.effective_scopes(app, KeyFacts(False, False), user, grant, REGISTERED, frozenset)
        assert ("case_status.read" in carried) == own


def test_a_token_carries_nothing_that_it_was_not_granted_or_the_app_does_not_register_now():
    app, keys, user, grant = as_facts(dict.fromkeys(FACTS, False) | {"user": MEMBER, "is_active": True})

    assert policy.effective_scopes(app, keys, user, grant, frozenset({"profile.email"}), frozenset) == set()
    assert policy.effective_scopes(app, keys, user, grant, frozenset({"notifications"}), frozenset) == set()
