"""The errors that the user can fix: each is printed as one line, without a traceback."""


class UserError(Exception):
    """A mistake outside the program: its message names the thing, its value, what is allowed and what to do."""


class DownloadError(UserError):
    """The data is not available."""


class PhotoError(UserError):
    """A photo cannot be read."""
