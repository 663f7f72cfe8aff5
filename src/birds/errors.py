"""Errors that the user can fix, and how they are printed: one line, no traceback."""


class UserError(Exception):
    """An error that the user can fix.

    The message says what is wrong, the value, what is allowed and what to do.
    """


class PhotoError(UserError):
    """A photo cannot be read."""


def one_line(error: Exception) -> str:
    """Describe an error in one line. The file, if known, comes first."""
    if isinstance(error, OSError) and error.strerror:
        message = error.strerror
        if error.filename is not None:
            message = f"{error.filename}: {message}"
    else:
        message = str(error)
    return " ".join(message.split())
