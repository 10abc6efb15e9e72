"""Sources are shown by numbers that begin at one, in the order in which they are cited."""

from aiapp.markdown import Stream, render_numbered

TEXT = "First [4].\n\nThen [2, 4] and `[9]`.\n\n- at last [9]"


def test_they_are_counted_as_they_are_first_cited() -> None:
    html, numbers = render_numbered(TEXT, 9)
    assert numbers == {4: 1, 2: 2, 9: 3}
    for n, shown in numbers.items():
        assert f'href="#source-{n}" data-n="{n}">{shown}</a>' in html


def test_what_is_written_letter_by_letter_has_the_same_numbers_all_the_time() -> None:
    stream = Stream(9)
    blocks: dict[int, str] = {}
    for char in TEXT:
        stream.feed(char)
        blocks |= {block.i: block.html for block in stream.take()}
    blocks |= {block.i: block.html for block in stream.finish()}
    assert "".join(html for _, html in sorted(blocks.items())) == render_numbered(TEXT, 9)[0]


def test_what_may_still_become_code_takes_no_number() -> None:
    stream = Stream(9)
    for piece in ("See `[7]", "` and [3].\n\n"):
        stream.feed(piece)
        stream.take()
    assert stream.numbers == {3: 1}
