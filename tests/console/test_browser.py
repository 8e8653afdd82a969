"""A person at the console, in Chromium, with and without JavaScript."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.conftest import PATIENCE
from tests.serving import Pool, serving


def follow_the_failure(page: Page, pool: Pool, url: str, *, live: bool) -> None:
    """From the list of traces to the timeline of a sign-in that fails while somebody looks."""
    page.goto(f"{url}/_keydesk/traces?pool={pool.id}")
    expect(page.get_by_text("No call fits.")).to_be_visible()
    if live:
        page.get_by_label("live").check()
    assert pool.refused(pool.sign_in)[0] == "NotAuthorizedException"
    if not live:
        page.reload()
    page.locator("tbody a").first.click()
    expect(page.locator("h1")).to_have_text("InitiateAuth NotAuthorizedException")
    expect(page.locator(".timeline .bad")).to_have_count(1)


@pytest.mark.parametrize("script", [True, False])
def test_a_person_disables_a_user_and_sees_why_they_cannot_sign_in(
    tmp_path: Path, chromium: Browser, script: bool
) -> None:
    with serving(tmp_path) as server:
        pool = Pool(server)
        pool.user("ada")
        context = chromium.new_context(java_script_enabled=script)
        page, faults = context.new_page(), []
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.goto(f"{server.url}/_keydesk/")
        page.keyboard.press("Tab")
        if script:
            expect(page.get_by_text("To the content")).to_be_focused()
        page.locator(f'a[href$="/{pool.id}"]').first.click()
        page.locator(f'a[href$="/{pool.id}/users"]').first.click()
        page.get_by_role("link", name="ada", exact=True).click()
        page.get_by_role("button", name="Disable").click()
        expect(page.get_by_role("status")).to_have_text("AdminDisableUser: done.")
        follow_the_failure(page, pool, server.url, live=script)
        context.close()
        assert faults == []
