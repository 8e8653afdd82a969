"""The console's pages over HTTP: who gets in, what a form has to bring, and that nothing shown is more than text."""

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from html import escape
from pathlib import Path

import msgspec
import pytest
from tests.serving import Pool, Serving, serving

from keydesk.domain.trace import UNNAMED
from keydesk.triggers.fire import NOT_HERE

KEY, SECRET = "AKIDCONSOLE", "a-secret-of-forty-characters-or-so-000000"
EVIL = '"><img/src=x/onerror=alert(1)><script>alert(1)</script>'
SHOUT = f"""\
def handler(event, context):
    print({EVIL!r})
    raise Exception({EVIL!r})
"""


class Browser:
    """Cookies, forms and redirects, as a browser without JavaScript has them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.jar = http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar)).open

    def ask(self, path: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, dict[str, str], str]:
        body = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(self.url + path, body, {"Accept": "text/html"} | headers)
        try:
            answer = self._open(request, timeout=30)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            return answer.status, {name.lower(): said for name, said in answer.headers.items()}, answer.read().decode()

    def token(self, path: str) -> str:
        found = re.search(r'name="token" value="([0-9a-f]+)"', self.ask(path)[2])
        assert found
        return found[1]

    def sign_in(self, secret: str = SECRET) -> tuple[int, dict[str, str], str]:
        return self.ask("/_keydesk/sign-in", {"key": KEY, "secret": secret})


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Serving]:
    with serving(tmp_path, open=False, keys={KEY: SECRET}, trusted_proxies="127.0.0.1") as server:
        yield server


@pytest.fixture(scope="module")
def development(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("console")) as server:
        yield server


def test_in_production_one_signs_in_and_out(production: Serving) -> None:
    """LG-04: nobody else sees traces."""
    one = Browser(production.url)
    assert "Sign in" in one.ask("/_keydesk/pools")[2]
    assert one.ask("/_keydesk/traces", Accept="application/json")[0] == 401
    assert one.sign_in("wrong")[0] == 400
    assert "<h1>Pools" in one.sign_in()[2]
    (cookie,) = one.jar
    assert cookie.has_nonstandard_attr("HttpOnly")
    settings = one.ask("/_keydesk/settings")[2]
    assert SECRET not in settings
    assert f"Isolation of functions: {escape(str(production.house.desk.isolation))}" in settings
    stolen = f"{cookie.name}={cookie.value}"
    one.ask("/_keydesk/sign-out", {"token": one.token("/_keydesk/pools")})
    other = Browser(production.url)
    assert "<h1>Pools" not in other.ask("/_keydesk/pools", Cookie=stolen)[2], "signed out, whoever has the cookie"


def test_who_comes_by_tls_has_a_cookie_for_tls_alone(production: Serving) -> None:
    """TLS ends at the proxy, which says so."""
    kept = []
    for scheme in ("http", "https"):
        one = Browser(production.url)
        one.ask("/_keydesk/sign-in", {"key": KEY, "secret": SECRET}, **{"X-Forwarded-Proto": scheme})
        kept += [(cookie.name, cookie.secure) for cookie in one.jar]
    assert kept == [("keydesk-console", False), ("__Secure-keydesk", True)]


def test_a_visit_ends_when_nobody_looks(production: Serving) -> None:
    one = Browser(production.url)
    one.sign_in()
    production.clock.forward(seconds=29 * 60)
    assert "<h1>Pools" in one.ask("/_keydesk/pools")[2]
    production.clock.forward(seconds=31 * 60)
    assert "<h1>Pools" not in one.ask("/_keydesk/pools")[2]


def test_keys_cannot_be_guessed_for_long(production: Serving) -> None:
    one = Browser(production.url)
    for _ in range(10):
        assert "Incorrect" in one.sign_in("wrong")[2]
    assert "Too many attempts" in one.sign_in()[2]
    production.clock.forward(seconds=16 * 60)
    assert "<h1>Pools" in one.sign_in()[2]


def test_a_form_must_be_the_visitors_own(development: Serving) -> None:
    pool, one = Pool(development), Browser(development.url)
    pool.user("ada")
    path = f"/_keydesk/pools/{pool.id}/users/ada"
    token = one.token(path)
    for form, headers in (
        ({}, {}),
        ({"token": "0" * len(token)}, {}),
        ({"token": "é"}, {}),
        ({"token": token}, {"Origin": "https://evil.example"}),
        ({"token": token}, {"Origin": "null"}),
        ({"token": token}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        status, _, shown = one.ask(f"{path}/disable", form, **headers)
        assert (status, "ForgedRequest" in shown) == (403, True), headers
    assert pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")["Enabled"]
    assert one.ask(f"{path}/disable", {"token": token}, Origin=development.url)[0] == 200
    assert not pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")["Enabled"]


def test_a_name_that_is_not_the_servers_is_not_served(development: Serving) -> None:
    assert Browser(development.url).ask("/_keydesk/traces", Host="rebound.example")[0] == 421


def test_every_page_is_text_under_a_strict_policy(development: Serving) -> None:
    pool, one = Pool(development), Browser(development.url)
    pool.trigger(
        PreAuthentication=development.deploy("shout", SHOUT, Environment={"Variables": {"WORD": "hush-hush-1"}})
    )
    evil = EVIL.replace(" ", "")
    pool.api.create_group(UserPoolId=pool.id, GroupName=evil)
    pool.api.admin_create_user(
        UserPoolId=pool.id,
        Username=evil,
        UserAttributes=[{"Name": "nickname", "Value": EVIL}],
        MessageAction="SUPPRESS",
    )
    pool.user("ada")
    assert pool.refused(pool.sign_in)[0]
    asked = f"/_keydesk/traces?pool={pool.id}"
    traces = msgspec.json.decode(one.ask(asked, Accept="application/json")[2])
    assert traces[0]["operation"] == "InitiateAuth"
    known = msgspec.json.decode(one.ask(f"/_keydesk/traces/{traces[0]['id']}", Accept="application/json")[2])
    assert known["fired"]
    base, named = f"/_keydesk/pools/{pool.id}", urllib.parse.quote(evil)
    for path in (
        "/_keydesk/pools", base, f"{base}/users", f"{base}/users/{named}", f"{base}/groups/{named}",
        f"{base}/users/ada", f"{base}/clients/{pool.client}",
        "/_keydesk/functions", f"/_keydesk/functions/{development.house.desk.settings['region']}/shout", asked,
        f"/_keydesk/traces/{traces[0]['id']}", "/_keydesk/outbox", "/_keydesk/metrics/charts", "/_keydesk/settings",
    ):  # fmt: skip
        status, headers, shown = one.ask(path)
        assert status == 200, path
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; script-src 'self'")
        assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")
        assert "<img" not in shown, path
        assert "<script>" not in shown, path
        assert "hush-hush-1" not in shown, path
    assert "&lt;script&gt;" in one.ask(f"/_keydesk/traces/{traces[0]['id']}")[2]


def test_a_line_of_a_log_leads_to_the_call(development: Serving) -> None:
    """Each of the lines that Lambda writes around a run, and no other."""
    pool, one = Pool(development), Browser(development.url)
    pool.trigger(PreAuthentication=development.deploy("quiet", "def handler(event, context):\n    return event\n"))
    pool.user("ada")
    call = pool.sign_in()["ResponseMetadata"]["RequestId"]
    region = development.house.desk.settings["region"]
    development.client("lambda").invoke(FunctionName="quiet", Payload=b"{}")  # no call of the user pools: no trace
    links = re.findall(r'href="(/_keydesk/traces/[^"]+)"', one.ask(f"/_keydesk/functions/{region}/quiet")[2])
    assert len(links) == 3, "START, END and REPORT"
    for link in links:
        assert call in one.ask(link)[2], link
    assert one.ask("/_keydesk/traces/none?at=1")[0] == 404
    nobody = pool.refused_id(pool.sign_in, name="nobody-typed-this")
    shown = one.ask(f"/_keydesk/traces/{nobody}")[2]
    assert (UNNAMED in shown, "nobody-typed-this" in shown) == (True, False)


def test_a_pools_page_says_which_breaker_is_open(development: Serving) -> None:
    guard = {"keydesk:guard:PostAuthentication": '{"failures": 1}'}
    pool, one = Pool(development, UserPoolTags=guard), Browser(development.url)
    pool.user("ada")
    pool.trigger(PostAuthentication="arn:aws:lambda:us-east-1:000000000000:function:gone")
    assert "breaker open" not in one.ask(f"/_keydesk/pools/{pool.id}")[2]
    went_on = pool.sign_in()["ResponseMetadata"]["RequestId"]
    assert f"({NOT_HERE})" in one.ask(f"/_keydesk/traces/{went_on}")[2]
    assert "breaker open" in one.ask(f"/_keydesk/pools/{pool.id}")[2]


def test_a_refusal_is_told_on_a_page(development: Serving) -> None:
    status, _, shown = Browser(development.url).ask("/_keydesk/pools/us-east-1_nothing00")
    assert (status, "ResourceNotFoundException" in shown) == (400, True)


SLIPS = {
    "traces?usr=x": "The query has no member 'usr' here; it may have user, pool,",
    "traces?User=x": "The query has no member 'User'",
    "traces?user=a&user=b": "The query has the member 'user' more than once.",
    "traces?failed=maybe": "failed must be true or false.",
    "traces/x?limit=5": "The query has no member 'limit'",
    "traces/x?at=soon": "at must be a number.",
    "outbox?to=a&pool=b&to=c": "The query has the member 'to' more than once.",
    "outbox?user=a": "The query has no member 'user' here; it may have to, pool,",
    "pools/us-east-1_x/users?Filter=a": "The query has no member 'Filter'",
    **{f"traces?limit={said}": "limit must be a number from 1 to 1000." for said in ("0", "1001", "9" * 15)},
    **{f"traces?since={said}": "since must be a number." for said in ("-1", "1e3", "%D9%A1", "9" * 16)},
    **{
        where: "Text must not contain the character U+0000."
        for where in (
            "traces?user=%00",
            "traces/%00",
            "functions/%00/x",
            "outbox?to=%00",
            "pools/us-east-1_x/users/%00",
        )
    },
}


def test_a_question_that_is_not_understood_is_not_answered(own_server: Serving) -> None:
    """Programs and people learn of a slip of the pen; with it passed over, all there is would be told."""
    pool, one = Pool(own_server), Browser(own_server.url)
    pool.user("ada")
    pool.sign_in()
    assert pool.refused(pool.sign_in, password="wrong")
    for query, most in (
        ("", 2),
        ("?failed=true", 1),
        ("?failed=0", 2),
        ("?user=&failed=1", 1),
        ("?limit=1&since=5", 1),
    ):
        status, _, said = one.ask(f"/_keydesk/traces{query}", Accept="application/json")
        assert (status, len(msgspec.json.decode(said))) == (200, most), query
    for where, sentence in SLIPS.items():
        status, _, said = one.ask(f"/_keydesk/{where}", Accept="application/json")
        refusal = msgspec.json.decode(said)
        assert (status, refusal["__type"]) == (400, "InvalidParameterException"), where
        assert refusal["message"].startswith(sentence), refusal
    status, _, shown = one.ask("/_keydesk/traces?usr=x")
    assert (status, "InvalidParameterException" in shown) == (400, True)
