"""The name of a table -> what kind of things its rows are."""

from __future__ import annotations

from enum import StrEnum
from functools import cache


class TableKind(StrEnum):
    """What the rows of a table are."""

    PEOPLE = "people"
    ORGANIZATIONS = "organizations"
    PRODUCTS = "products"
    POSTS = "posts"
    TASKS = "tasks"
    PROJECTS = "projects"
    ORDERS = "orders"
    MESSAGES = "messages"
    EVENTS = "events"
    PLACES = "places"
    FILES = "files"
    TAGS = "tags"
    ROLES = "roles"
    PLANS = "plans"
    COURSES = "courses"
    CHANNELS = "channels"
    KEYS = "keys"
    COUNTRIES = "countries"
    FLAGS = "flags"
    LOGS = "logs"
    OTHER = "other"


_WORDS = {
    TableKind.PEOPLE: "user profile account member people person customer employee author contact student teacher patient player client lead staff guest subscriber participant candidate applicant driver doctor actor artist owner attendee instructor volunteer donor agent tenant_user",
    TableKind.ORGANIZATIONS: "organization organisation org team tenant workspace company group agency supplier vendor shipper merchant brand manufacturer publisher employer business institution school department",
    TableKind.PRODUCTS: "product item article variant sku inventory good asset",
    TableKind.POSTS: "post blog page story news article document doc note thread topic question announcement newsletter chapter",
    TableKind.TASKS: "task todo ticket issue job card subtask story bug feature checklist milestone goal",
    TableKind.PROJECTS: "project campaign initiative board portfolio epic sprint",
    TableKind.ORDERS: "order invoice payment purchase sale transaction receipt quote bill charge refund payout expense",
    TableKind.MESSAGES: "message comment review reply feedback notification email chat answer testimonial",
    TableKind.EVENTS: "event meeting appointment booking reservation session webinar concert conference shift",
    TableKind.PLACES: "location place address venue store warehouse office branch site city building room restaurant property hotel",
    TableKind.FILES: "file attachment upload image photo media video object blob folder",
    TableKind.TAGS: "tag category label genre topic keyword collection section skill interest",
    TableKind.ROLES: "role permission scope",
    TableKind.PLANS: "plan tier subscription_plan price package",
    TableKind.COURSES: "course lesson class module quiz exam curriculum",
    TableKind.CHANNELS: "channel forum conversation chatroom",
    TableKind.KEYS: "key token secret credential",
    TableKind.COUNTRIES: "country nation",
    TableKind.FLAGS: "flag setting preference config configuration toggle",
    TableKind.LOGS: "log audit activity history trail",
}  # fmt: skip
_KINDS: dict[str, TableKind] = {}
for _kind, _words in _WORDS.items():
    for _word in _words.split():
        _KINDS.setdefault(_word, _kind)


@cache
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in snake or camel case, in lower case."""
    words: list[str] = []
    current = ""
    for place, letter in enumerate(name):
        starts = letter.isupper() and (
            not name[place - 1].isupper() or (place + 1 < len(name) and name[place + 1].islower())
        )
        if not letter.isalnum() or (starts and place):
            if current:
                words.append(current)
            current = ""
        if letter.isalnum():
            current += letter.lower()
    return tuple([*words, current] if current else words)


@cache
def singular(word: str) -> str:
    """Return an English noun in the singular, for the common endings."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word in {"people", "staff", "news", "status", "address", "media", "bonus", "campus", "canvas"}:
        return word
    if word.endswith(("sses", "xes", "ches", "shes", "uses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 2 else word


@cache
def kind_of(relation: str) -> TableKind:
    """Return what the rows of a table are, by the last word of its name that tells."""
    for word in reversed(words_of(relation)):
        kind = _KINDS.get(singular(word))
        if kind is not None:
            return kind
    return TableKind.OTHER
