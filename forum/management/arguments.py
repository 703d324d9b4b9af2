"""What commands read from their command line, with words for what makes no sense."""

from argparse import ArgumentTypeError

LONGEST_PAUSE = 3600  # seconds; the timetable has jobs for every minute
HIGHEST_PORT = 65_535


def seconds(typed: str) -> float:
    """A pause of at least a tenth of a second and at most an hour."""
    try:
        number = float(typed)
    except ValueError:
        number = 0
    if not 0.1 <= number <= LONGEST_PAUSE:
        raise ArgumentTypeError(f"{typed!r} is no number of seconds between 0.1 and {LONGEST_PAUSE}")
    return number


def port(typed: str) -> int:
    """A port that a server may listen on."""
    if not (typed.isascii() and typed.isdigit() and 1 <= int(typed) <= HIGHEST_PORT):
        raise ArgumentTypeError(f"{typed!r} is no port between 1 and {HIGHEST_PORT}")
    return int(typed)
