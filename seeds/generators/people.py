"""People: names, e-mail addresses, user names, telephones, jobs."""

from __future__ import annotations

from collections.abc import Sequence

from seeds.generators.contracts import Built, Generator, Kinds, Request
from seeds.generators.making import (
    leaning,
    mixed,
    of_people,
    people_of,
    picked,
    shuffle,
    text_of_words,
)

PASSWORD_HASH = "$2a$10$seedseedseedseedseedsesnWNwSMAMQCVOZNNKTelNU1DPDvTL4W"  # noqa: S105
"""bcrypt of `password123`, with a salt that says what it is."""


def _first(request: Request) -> Built:
    people = people_of(request)
    return of_people(request, lambda first, *_: first[0], people.longest_first)


def _last(request: Request) -> Built:
    people = people_of(request)
    return of_people(request, lambda _first, last, *_: last[0], people.longest_last)


def _full(request: Request) -> Built:
    people = people_of(request)
    longest = people.longest_first + people.longest_last + 4

    def one(first: tuple[str, str], last: tuple[str, str], _mark: str, turn: int) -> str:
        return f"{first[0]} {last[0]}" if not turn else f"{first[0]} {last[0]} {turn + 1}"

    return of_people(request, one, longest, unique=True)


def _handle(joiner: str, first: tuple[str, str], last: tuple[str, str], mark: str, turn: int) -> str:
    return f"{first[1]}{joiner}{last[1]}{mark.replace('.', joiner)}{f'{joiner}{turn + 1}' if turn else ''}"


def _username(request: Request) -> Built:
    people = people_of(request)
    return of_people(request, lambda *parts: _handle("_", *parts), people.longest_handle, unique=True)


def _email(request: Request) -> Built:
    people = people_of(request)

    def make(rows: Sequence[int]) -> list[str | None]:
        return [
            f"{_handle('.', first, last, mark, turn)}@example.com"
            if turn or mark
            else f"{first[1]}.{last[1]}@example.com"
            for first, last, mark, turn in people.parts(rows)
        ]

    return Built(make, people.longest_handle + 12, unique=True)


def _initials(request: Request) -> Built:
    return of_people(request, lambda first, last, *_: f"{first[0][:1]}{last[0][:1]}".upper(), 2)


def _middle(request: Request) -> Built:
    return mixed(request, lambda pools: pools.first_names)


def _phone(request: Request) -> Built:
    place = shuffle(request, 10_000_000)
    return Built(
        lambda rows: [f"+1555{place(row):07d}" for row in rows], 12, unique=True, capacity=10_000_000
    )


def _password(_request: Request) -> Built:
    return Built(lambda rows: [PASSWORD_HASH for _ in rows], len(PASSWORD_HASH))


def _age(request: Request) -> Built:
    return text_of_words(request, lambda _row, word: str(18 + (word % 40 + (word >> 32) % 34) % 72), 2)


def _generator(name: str, doc: str, build: object, names: tuple[str, ...], empty: float = 0.0) -> Generator:
    return Generator(name, doc, (Kinds.TEXT,), build, names, empty)  # type: ignore[arg-type]


GENERATORS = (
    _generator(
        "email", "An address at example.com that is made of the person's name.", _email,
        ("email", "email address", "e mail", "mail", "emailaddress", "login email"),
    ),
    _generator("first_name", "A first name.", _first, ("first name", "firstname", "given name", "forename", "fname", "nickname", "preferred name")),
    _generator("last_name", "A last name.", _last, ("last name", "lastname", "surname", "family name", "lname")),
    _generator("middle_name", "Another first name.", _middle, ("middle name", "middlename"), 0.6),
    _generator(
        "full_name", "First and last name.", _full,
        (
            "full name", "fullname", "display name", "displayname", "legal name", "contact name", "customer name", "author name",
            "user name@people", "sender name", "recipient name", "employee name", "owner name", "guest name", "person name",
            "member name", "student name", "patient name", "cardholder name", "account holder", "holder name", "billing name",
            "shipping name", "reviewer name", "assignee name", "=author", "=name@people", "=contact", "=assignee", "=reporter",
            "=reviewer", "signer name", "signature name", "attendee name", "=cardholder", "=instructor", "=speaker", "=artist",
            "manager name", "host name@events", "=from name", "=director", "emergency contact",
        ),
    ),
    _generator(
        "username", "A name to sign in with: first and last name with an underscore.", _username,
        ("username", "user name", "handle", "login", "screen name", "github username", "twitter handle", "account name@people", "actor", "created by name", "=slug@people", "=nick"),
    ),
    _generator("initials", "The first letters of first and last name.", _initials, ("initials",)),
    _generator("phone", "A telephone number that begins with +1555, which reaches nobody.", _phone, ("phone", "phone number", "mobile", "mobile number", "tel", "telephone", "fax", "phonenumber", "cell", "whatsapp", "whatsapp number", "fax number"), 0.1),
    _generator("password_hash", "The bcrypt hash of password123.", _password, ("password", "password hash", "passwd", "encrypted password", "hashed password", "password digest", "pwd", "passwordhash", "pass")),
    _generator("job_title", "What somebody works as.", lambda request: mixed(request, lambda pools: pools.jobs), ("job title", "job", "occupation", "profession", "=position@people", "=title@people", "jobtitle", "designation", "headline@people")),
    _generator("gender", "A gender.", lambda request: leaning(request, ("female", "male", "other")), ("gender", "sex")),
    _generator("salutation", "How somebody is addressed.", lambda request: leaning(request, ("Ms.", "Mr.", "Dr.", "Prof.")), ("salutation", "honorific", "name prefix")),
    _generator("pronouns", "Pronouns.", lambda request: leaning(request, ("she/her", "he/him", "they/them")), ("pronouns",), 0.4),
    _generator("marital_status", "A marital status.", lambda request: leaning(request, ("single", "married", "divorced", "widowed")), ("marital status",)),
    _generator("nationality", "A nationality.", lambda request: picked(request, ("American", "British", "Canadian", "French", "German", "Indian", "Italian", "Japanese", "Mexican", "Nigerian", "Polish", "Spanish")), ("nationality", "citizenship")),
    _generator("blood_type", "A blood group.", lambda request: leaning(request, ("O+", "A+", "B+", "O-", "A-", "AB+", "B-", "AB-")), ("blood type", "blood group")),
    Generator("age", "An age in years from 18 up.", (Kinds.INTEGER,), _age, ("age",)),
)  # fmt: skip
