"""A question that is asked again: its answer is marked as kept, and may be asked for afresh."""

import pytest
from playwright.sync_api import Page, expect

from tests.processes.browser import faults_in_both_sizes, send, wait_until_answered

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_kept_answer_says_so_and_can_be_asked_for_afresh(page: Page) -> None:
    for kept in (False, True):
        page.goto("/chat/")
        send(page, "When does the harbour open?")
        wait_until_answered(page)
        answer = page.locator("[data-answer]").last
        expect(answer.locator(".message-actions")).to_be_visible()
        expect(answer.get_by_text("Saved answer")).to_have_count(int(kept))
    assert faults_in_both_sizes(page) == []
    answer.get_by_role("button", name="Ask again").click()
    again = page.locator("[data-answer]").last
    expect(again.locator(".message-actions")).to_be_visible()
    expect(page.get_by_text("Saved answer")).to_have_count(0)
    expect(again).to_contain_text("When does the harbour open")
