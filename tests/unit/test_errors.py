"""Errors are described in one line that names the file, if there is one."""

import pytest

from birds.errors import UserError, one_line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (UserError("lr is 0"), "lr is 0"),
        (UserError("at\n  line 1,\n  column 2"), "at line 1, column 2"),
        (FileNotFoundError(2, "No such file", "a.png"), "a.png: No such file"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError("invalid path: /none"), "invalid path: /none"),
    ],
    ids=["one line", "three lines", "with a file", "without a file", "only a text"],
)
def test_an_error_is_described_in_one_line_after_its_file(
    error: Exception, line: str
) -> None:
    assert one_line(error) == line
