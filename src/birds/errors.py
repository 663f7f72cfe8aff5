"""The errors a user can cause and mend: each prints as one line, without a traceback."""


class UserError(Exception):
    """A mistake outside the program: its message names the thing, its value and what to do."""


class BatchError(UserError):
    """A file is not a whole and harmless CIFAR-10 batch."""


class ParamsError(UserError):
    """params.yaml holds a value, or a key, that is not allowed."""


class SourceError(UserError):
    """The data could not be had."""


class PictureError(UserError):
    """A picture of one's own could not be read."""
