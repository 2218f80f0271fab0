"""Texts: titles and bodies that fit what a table is about, words, states, kinds and roles."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seeds import words
from seeds.generators.contracts import Built, Generator, Kinds, Request
from seeds.generators.making import leaning, main_pools, mixed, picked, shuffle, spread, stream, text_of_words
from seeds.generators.tables import TableKind, kind_of, words_of
from seeds.pools import Pools, slug_of


def _combined(first: tuple[str, ...], second: tuple[str, ...], pattern: str) -> Callable[[Request], Built]:
    """Return what builds combinations of two lists, each once before any comes again with a number."""

    def build(request: Request) -> Built:
        size = len(first) * len(second)
        place = shuffle(request, size)

        def one(row: int) -> str:
            number = place(row)
            text = pattern.format(first[number % len(first)], second[number // len(first)])
            return text if row < size else f"{text} {row // size + 1}"

        longest = len(pattern) + max(map(len, first)) + max(map(len, second)) + 10
        return Built(lambda rows: [one(row) for row in rows], longest, unique=True, turn=size)

    return build


_TASK = _combined(words.TASK_VERBS, words.TASK_THINGS, "{} {}")
_NAME = _combined(tuple(word.capitalize() for word in words.ADJECTIVES), words.NOUNS, "{} {}")
_EVENT = _combined(
    tuple(word.capitalize() for word in words.ADJECTIVES),
    (
        "Meetup",
        "Workshop",
        "Webinar",
        "Conference",
        "Dinner",
        "Training",
        "Kick-off",
        "Open Day",
        "Fair",
        "Summit",
    ),
    "{} {}",
)
_COURSE = _combined(
    ("Introduction to", "Advanced", "Practical", "Foundations of", "Hands-on", "A First Course in"),
    (
        "SQL",
        "Photography",
        "Spanish",
        "Statistics",
        "Public Speaking",
        "Web Design",
        "Accounting",
        "Biology",
        "Music Theory",
        "Machine Learning",
        "Cooking",
        "World History",
    ),
    "{} {}",
)
_CHANNEL = _combined(
    ("general", "team", "project", "help", "news", "random", "events", "feedback"), words.NOUNS, "{}-{}"
)
_ROOM = _combined(
    tuple(word.capitalize() for word in words.ADJECTIVES),
    ("House", "Hall", "Room", "Studio", "Square", "Café", "Office", "Loft"),
    "{} {}",
)


_OPINIONS = frozenset({"review", "reviews", "testimonial", "testimonials", "rating", "ratings"})


def _opinion(request: Request) -> Built:
    return picked(request, words.REVIEW_TITLES)


def _english(
    make: Callable[[Request], Built], pool_of: Callable[[Pools], Sequence[str]]
) -> Callable[[Request], Built]:
    """Return what is made of English words where the locale is English, else from Faker's."""

    def build(request: Request) -> Built:
        if main_pools(request.context).english:
            return make(request)
        return mixed(request, pool_of)

    return build


_TITLES: dict[TableKind, Callable[[Request], Built]] = {
    TableKind.TASKS: _TASK,
    TableKind.EVENTS: _EVENT,
    TableKind.COURSES: _COURSE,
    TableKind.CHANNELS: _CHANNEL,
    TableKind.PLACES: _ROOM,
    TableKind.POSTS: lambda request: spread(request, main_pools(request.context).post_titles),
    TableKind.MESSAGES: lambda request: picked(request, main_pools(request.context).post_titles),
    TableKind.TAGS: lambda request: spread(request, words.CATEGORIES),
    TableKind.FLAGS: lambda request: spread(request, words.FLAGS, shared="setting"),
    TableKind.ROLES: lambda request: picked(request, ("Member", "Admin", "Owner", "Viewer", "Editor", "Billing", "Support", "Guest")),
    TableKind.PLANS: lambda request: picked(request, ("Free", "Starter", "Pro", "Team", "Business", "Enterprise")),
    TableKind.KEYS: lambda request: picked(request, ("Production", "Staging", "CI", "Local development", "Analytics", "Mobile app", "Partner access", "Backup job")),
}  # fmt: skip


def title(request: Request) -> Built:
    """Return a title that fits what the rows of the table are."""
    make = _TITLES.get(kind_of(request.context.relation), _NAME)
    if set(words_of(request.context.relation)) & _OPINIONS:
        make = _opinion
    return _english(make, lambda pools: pools.titles)(request)


def _body(request: Request) -> Built:
    """Return what somebody would write there: comments in tables of comments, reviews in those of reviews."""
    words_here = set(words_of(request.context.relation))
    english = main_pools(request.context).english
    if english and words_here & {"reviews", "review", "ratings", "testimonials", "feedback"}:
        return picked(request, words.REVIEWS)
    if english and kind_of(request.context.relation) is TableKind.MESSAGES:
        return picked(request, words.COMMENTS)
    return mixed(request, lambda pools: pools.paragraphs)


def _note(request: Request) -> Built:
    return mixed(request, lambda pools: pools.sentences)


def _word(request: Request) -> Built:
    if request.unique:
        return spread(request, main_pools(request.context).words, "-")
    return mixed(request, lambda pools: pools.words)


def _of(*values: str) -> Callable[[Request], Built]:
    return lambda request: leaning(request, values)


_STATES: dict[TableKind, tuple[str, ...]] = {
    TableKind.ORDERS: ("paid", "pending", "shipped", "delivered", "cancelled"),
    TableKind.TASKS: ("todo", "in_progress", "done", "blocked"),
    TableKind.PROJECTS: ("active", "planned", "completed", "archived"),
    TableKind.POSTS: ("published", "draft", "archived"),
    TableKind.EVENTS: ("scheduled", "completed", "cancelled"),
    TableKind.MESSAGES: ("delivered", "read", "sent", "failed"),
    TableKind.PEOPLE: ("active", "invited", "inactive"),
    TableKind.FILES: ("ready", "processing", "failed"),
    TableKind.PRODUCTS: ("active", "draft", "discontinued"),
}
_MORE_STATES = {
    frozenset({"invoice", "invoices"}): ("paid", "sent", "draft", "overdue", "void"),
    frozenset({"payment", "payments", "charge", "charges", "refund", "refunds", "transaction", "transactions"}): ("succeeded", "pending", "failed", "refunded"),
    frozenset({"subscription", "subscriptions"}): ("active", "trialing", "past_due", "canceled"),
    frozenset({"invitation", "invitations", "invite", "invites"}): ("pending", "accepted", "expired", "revoked"),
    frozenset({"job", "jobs", "run", "runs", "execution", "executions", "import", "imports", "export", "exports", "sync", "syncs"}): ("completed", "running", "queued", "failed"),
    frozenset({"friendship", "friendships", "request", "requests", "application", "applications"}): ("pending", "accepted", "declined"),
    frozenset({"booking", "bookings", "reservation", "reservations", "appointment", "appointments"}): ("confirmed", "pending", "completed", "cancelled"),
    frozenset({"ticket", "tickets", "issue", "issues"}): ("open", "in_progress", "resolved", "closed"),
}  # fmt: skip


def states_of(relation: str) -> tuple[str, ...]:
    """Return the states that rows of a table usually go through, the most frequent first."""
    here = set(words_of(relation))
    for names, states in _MORE_STATES.items():
        if here & names:
            return states
    return _STATES.get(kind_of(relation), ("active", "pending", "inactive"))


def _status(request: Request) -> Built:
    return leaning(request, states_of(request.context.relation))


def _setting(request: Request) -> Built:
    keys = tuple(slug_of(name).replace("-", "_") for name in words.FLAGS)
    return spread(request, keys, "_", shared="setting")


def _random_text(request: Request) -> Built:
    """Return words for a column whose name tells nothing."""
    chance = stream(request).words
    pool = main_pools(request.context).words
    if request.unique:
        return _english(_combined(words.ADJECTIVES, words.NOUNS, "{} {}"), lambda pools: pools.words)(request)
    count = len(pool)
    return Built(lambda rows: [pool[word % count] for word in chance(rows)], max(map(len, pool)))


def _text(
    name: str, doc: str, build: Callable[[Request], Built | None], names: tuple[str, ...], empty: float = 0.0
) -> Generator:
    return Generator(name, doc, (Kinds.TEXT,), build, names, empty)


GENERATORS = (
    _text("title", "A title that fits what the table is about: tasks, posts, events, courses and so on.", title, ("title", "name", "subject", "heading", "headline", "label", "post title", "event name@events", "task", "caption title", "question", "meeting title", "project name", "channel name", "display title", "chapter", "nickname@places", "album", "song", "book title", "movie", "seo title", "meta title", "short name", "course name", "step name", "group name", "list name", "field name")),
    _text("bio", "A sentence or two about somebody.", lambda request: mixed(request, lambda pools: pools.bios), ("bio", "about", "biography", "about me", "tagline@people", "summary@people", "description@people", "introduction", "intro@people", "profile"), 0.12),
    _text("paragraph", "Some sentences, as people write them there.", _body, ("body", "content", "description", "text", "message", "article", "long description", "html", "markdown", "overview", "details", "excerpt", "abstract", "story", "review", "comment", "feedback", "answer", "response", "transcript", "prompt", "instructions", "completion", "agenda", "synopsis", "content text", "body text", "message body", "body html", "body markdown", "email body", "output", "input", "cover letter", "paragraph", "body md", "plain text", "content html", "post", "reply", "testimonial", "question text", "meta description", "seo description")),
    _text("sentence", "One sentence.", _note, ("note", "notes", "reason", "remark", "remarks", "caption", "short description", "summary", "explanation", "tagline", "preview", "snippet", "alt text", "alt", "hint", "help text", "subtitle", "memo", "cancel reason", "rejection reason", "internal notes", "quote", "purpose", "goal", "objective", "justification", "comments", "observation", "special requests", "motto", "statement", "sentence", "instruction", "placeholder", "tooltip", "announcement", "topic"), 0.1),
    _text("error_message", "What went wrong.", _of("connection timed out", "invalid input", "not found", "permission denied", "rate limit exceeded"), ("error", "error message", "last error", "failure reason", "error text", "error details", "failure message", "exception"), 0.85),
    _text("word", "One word.", _word, ("word", "tag", "tags", "keyword", "keywords", "term", "topic tag", "label name", "hashtag", "interest", "skill", "=name@tags", "=label@tags")),
    _text("status", "A state that fits what the table is about.", _status, ("status", "state", "order status", "payment status", "subscription status", "stage", "phase", "workflow state", "sync status", "account status", "status name")),
    _text("role", "What somebody may do.", _of("member", "admin", "viewer", "owner"), ("role", "user role", "member role", "access level", "permission level", "role name", "org role")),
    _text("permission", "What may be done.", _of("read", "write", "delete", "manage"), ("permission", "scope", "scopes", "privilege", "access", "permissions")),
    _text("plan", "A plan of a subscription.", _of("free", "pro", "team", "enterprise"), ("plan", "tier", "subscription plan", "plan name", "subscription tier", "plan type", "billing plan", "package", "pricing plan")),
    _text("kind", "A kind.", _of("standard", "basic", "custom"), ("type", "kind", "variant", "mode", "style", "class", "format", "method", "strategy", "category type", "group", "classification", "layout", "template type", "flavor")),
    _text("provider", "Who somebody signs in with.", _of("email", "google", "github"), ("provider", "auth provider", "oauth provider", "sso provider", "login method", "signup method", "identity provider")),
    _text("source", "Where something comes from.", _of("web", "api", "mobile", "import"), ("source", "origin", "channel", "medium", "utm source", "utm medium", "referral source", "platform", "traffic source", "lead source", "acquisition channel", "created via", "client")),
    _text("campaign", "The name of a campaign.", _of("spring_sale", "newsletter", "launch", "retargeting"), ("campaign", "utm campaign", "campaign name")),
    _text("action", "What was done.", _of("created", "updated", "viewed", "deleted", "exported"), ("action", "operation", "activity", "activity type", "event kind", "change type", "audit action", "action type")),
    _text("severity", "How bad something is.", _of("info", "warning", "error", "debug"), ("level@logs", "severity", "log level", "loglevel", "alert level")),
    _text("priority_name", "How urgent something is.", _of("medium", "low", "high", "urgent"), ("priority", "urgency", "importance", "impact")),
    _text("difficulty", "How hard something is.", _of("beginner", "intermediate", "advanced"), ("difficulty", "difficulty level", "level@courses", "skill level", "proficiency", "experience level", "level")),
    _text("queue", "The name of a queue.", _of("default", "mailers", "reports", "low"), ("queue", "queue name")),
    _text("allergen", "What somebody can't stand.", lambda request: picked(request, ("peanuts", "milk", "eggs", "pollen", "penicillin", "latex", "shellfish")), ("allergy", "allergies", "allergen", "allergens")),
    _text("key_prefix", "What keys of a kind begin with.", _of("pk_test", "sk_test"), ("prefix", "key prefix", "token prefix")),
    _text("setting_key", "The name of a setting, in small letters with underscores.", _setting, ("key@flags", "=name@setting", "flag key", "feature key", "setting key", "=slug@flags", "=setting", "feature", "feature name")),
    _text("frequency", "How often something happens.", _of("monthly", "weekly", "daily", "yearly"), ("frequency", "interval", "billing cycle", "billing interval", "recurrence", "schedule", "billing period", "cadence", "period", "repeat", "recurrence rule", "sync frequency")),
    _text("visibility", "Who may see something.", _of("public", "private", "team"), ("visibility", "privacy", "access type", "audience", "sharing", "privacy level")),
    _text("environment", "Where a program runs.", _of("production", "staging", "development"), ("environment", "env", "stage@keys", "deployment environment")),
    _text("theme", "A theme of a page.", _of("light", "dark", "system"), ("theme", "color scheme", "appearance")),
    _text("weekday_name", "A day of the week.", lambda request: picked(request, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")), ("weekday", "day name", "day of week", "day")),
    _text("table_name", "The name of a table.", _of("users", "orders", "products", "invoices", "projects"), ("table name", "entity type", "resource type", "object type", "target type", "subject type", "model type", "entity", "record type", "commentable type", "owner type", "resource", "parent type", "item type", "content model", "aggregate type", "related type", "ref type")),
    _text("relationship", "How people are related.", _of("friend", "spouse", "parent", "sibling"), ("relationship", "relation")),
    _text("cron", "When a job runs, as cron writes it.", _of("0 * * * *", "0 6 * * *", "*/15 * * * *", "0 0 * * 1"), ("cron", "cron expression", "cron schedule", "schedule cron")),
    _text("text", "A word or two, for a column whose name tells nothing.", _random_text, ("setting value", "=value", "value")),
    _text("number_text", "A number as text.", lambda request: text_of_words(request, lambda _row, word: str(word % 1000), 3), ("amount", "quantity", "count", "score", "size", "price", "total", "weight", "rating", "duration", "year")),
)  # fmt: skip
