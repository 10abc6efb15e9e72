import pytest
from tests.test_documents_in_a_browser import *
from pathlib import Path
OUT=Path("/tmp/w/shots/docs"); OUT.mkdir(exist_ok=True,parents=True)
def test_shots(browser,address,running):
    ctx=browser.new_context(base_url=address); page=sign_in(ctx,"dora")
    page.screenshot(path=OUT/"empty-1440.png")
    import glob
    big=Path("/work/shared/data/mmlongbench_pdf/pdfs/NETFLIX_2015_10K.pdf").read_bytes()
    choose(page,("Netflix annual report 2015.pdf",big),("Handbook of the long and rather verbose company policies, edition 2026, final (2).pdf",LONG),("notes.md",b"# Notes\n\n- one\n- two"),("broken.pdf",b"%PDF-1.4 nonsense"),("program.exe",b"MZ\x00\x01"))
    page.wait_for_timeout(2500); page.screenshot(path=OUT/"busy-1440.png")
    expect(page.locator("tr",has_text="Handbook").locator(".badge")).to_have_text("Ready",timeout=60000)
    site.until(lambda: page.reload() or not page.locator(".badge.busy").count(), "ready", 150)
    href=page.locator("tr",has_text="Netflix").get_by_role("link").first.get_attribute("href")
    st=ctx.storage_state()
    for scheme in ("light","dark"):
        for w,h in ((1440,900),(768,1024),(390,844)):
            c=browser.new_context(base_url=address,viewport={"width":w,"height":h},color_scheme=scheme,storage_state=st)
            p=c.new_page()
            p.goto("/documents/"); p.screenshot(path=OUT/f"list-{w}-{scheme}.png")
            p.goto(f"{href}?start=24000&end=24600#page=9"); p.wait_for_timeout(300); p.screenshot(path=OUT/f"view-{w}-{scheme}.png")
            if scheme=="light" or w==390:
                p.goto("/documents/"); choose(p,("program.exe",b"MZ\x00\x01"),("a file whose name is a good deal longer than the box.zip",b"PK\x03\x04")); p.wait_for_timeout(800); p.screenshot(path=OUT/f"refused-{w}-{scheme}.png")
                p.get_by_role("link",name="Delete notes.md").click(); p.wait_for_timeout(400); p.screenshot(path=OUT/f"dialog-{w}-{scheme}.png")
            c.close()
    ctx.close()
