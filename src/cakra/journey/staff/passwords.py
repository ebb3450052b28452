"""Which passwords are easily guessed."""

from collections.abc import Sequence

from zxcvbn import zxcvbn

# NIST SP 800-63B 5.1.1.2: compare with what is common, and with words of the service and of the person.
_LOCAL = (
    *("polisi", "polri", "polda", "metro", "jaya", "korlantas", "ditlantas", "lantas", "etle", "tilang", "cakra"),
    *(
        "presisi",
        "petugas",
        "penyidik",
        "komandan",
        "bhayangkara",
        "rahasia",
        "sandi",
        "katasandi",
        "password",
        "admin",
    ),
    *("indonesia", "jakarta", "merdeka", "garuda", "bismillah", "alhamdulillah", "sayang", "cinta", "selamat", "pagi"),
)
_READ = 72  # what zxcvbn reads of a password; the rest only makes it harder
_LEAST_GUESSES_LOG10 = 10  # ten thousand million: beyond what a limited sign-in lets anybody try


def is_hard_to_guess(password: str, *, about: Sequence[str] = ()) -> bool:
    """Whether a guesser who knows common passwords, patterns and `about` needs more than 10^10 tries."""
    known = [*_LOCAL, *(word for word in about if word)]
    return float(zxcvbn(password[:_READ], user_inputs=known)["guesses_log10"]) >= _LEAST_GUESSES_LOG10
