"""Errors that the user can fix. Each is printed as one line, without a traceback."""


class UserError(Exception):
    """An error that the user can fix. The message says what is wrong, the value, what is allowed and what to do."""


class DownloadError(UserError):
    """The data is not available."""


class PhotoError(UserError):
    """A photo cannot be read."""
