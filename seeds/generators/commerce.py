"""Trade: products, companies, currencies, codes of goods, cards without a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seeds.generators.contracts import Built, Generator, Kinds, Request
from seeds.generators.making import leaning, main_pools, mixed, picked, shuffle, spread
from seeds.words import CATEGORIES, DEPARTMENTS, MATERIALS, PRODUCTS, STYLES


def _product(request: Request) -> Built:
    size = len(STYLES) * len(MATERIALS) * len(PRODUCTS)
    place = shuffle(request, size)

    def one(row: int) -> str:
        number = place(row)
        number, style = divmod(number, len(STYLES))
        number, material = divmod(number, len(MATERIALS))
        turn = row // size
        return f"{STYLES[style]} {MATERIALS[material]} {PRODUCTS[number]}{f' {turn + 1}' if turn else ''}"

    return Built(lambda rows: [one(row) for row in rows], 50, unique=True, turn=size)


def _sku(request: Request) -> Built:
    place = shuffle(request, 26**3 * 10_000)

    def one(row: int) -> str:
        number = place(row)
        number, digits = divmod(number, 10_000)
        letters = "".join(chr(65 + number // 26**power % 26) for power in range(3))
        return f"{letters}-{digits:04d}"

    return Built(lambda rows: [one(row) for row in rows], 8, unique=True, capacity=26**3 * 10_000)


def _ean(request: Request) -> Built:
    """Return a barcode of 13 digits with its check digit, from the range for use inside shops."""
    place = shuffle(request, 10**10)

    def one(row: int) -> str:
        digits = f"20{place(row):010d}"
        total = sum(int(digit) * (3 if number % 2 else 1) for number, digit in enumerate(digits))
        return f"{digits}{-total % 10}"

    return Built(lambda rows: [one(row) for row in rows], 13, unique=True)


def _isbn(request: Request) -> Built:
    place = shuffle(request, 10**9)

    def one(row: int) -> str:
        digits = f"979{place(row):09d}"
        total = sum(int(digit) * (3 if number % 2 else 1) for number, digit in enumerate(digits))
        return f"{digits}{-total % 10}"

    return Built(lambda rows: [one(row) for row in rows], 13, unique=True)


def _company(request: Request) -> Built:
    if len(request.context.locales) > 1:
        return mixed(request, lambda pools: pools.companies)
    return spread(request, main_pools(request.context).companies)


def _currency(request: Request) -> Built:
    usual = ("USD", "EUR", "GBP", "JPY", "CAD", "AUD", "CHF", "SEK", "BRL", "INR")
    lower = request.domain.case == "lower"
    return leaning(request, tuple(code.lower() for code in usual) if lower else usual)


def _last4(request: Request) -> Built:
    place = shuffle(request, 10_000)
    return Built(lambda rows: [f"{place(row):04d}" for row in rows], 4, unique=True, capacity=10_000)


def _tracking(request: Request) -> Built:
    place = shuffle(request, 10**12)
    return Built(lambda rows: [f"1Z{place(row):012d}" for row in rows], 14, unique=True)


def _iban(request: Request) -> Built:
    """Return a number with right check digits of a bank that does not exist."""
    place = shuffle(request, 10**10)

    def one(row: int) -> str:
        account = f"00000000{place(row):010d}"
        check = 98 - int(f"{account}131400") % 97
        return f"DE{check:02d}{account}"

    return Built(lambda rows: [one(row) for row in rows], 22, unique=True)


def _vat(request: Request) -> Built:
    place = shuffle(request, 10**9)
    return Built(lambda rows: [f"DE{place(row):09d}" for row in rows], 11, unique=True, capacity=10**9)


def _text(
    name: str, doc: str, build: Callable[[Request], Built | None], names: tuple[str, ...], empty: float = 0.0
) -> Generator:
    return Generator(name, doc, (Kinds.TEXT,), build, names, empty)


def _of(*values: str) -> Callable[[Request], Built]:
    return lambda request: leaning(request, values)


def _merchant(request: Request) -> Built:
    return picked(request, main_pools(request.context).companies)


def _dimension(_request: Request) -> Built:
    def make(rows: Sequence[int]) -> list[str | None]:
        return [f"{10 + row * 7 % 50} x {10 + row * 11 % 40} x {5 + row * 13 % 30} cm" for row in rows]

    return Built(make, 20)


GENERATORS = (
    _text("product_name", "A style, a material and a thing.", _product, ("product name", "product", "=name@products", "=title@products", "item name", "product title", "=item", "=name@order_item", "=name@line_item", "item description", "line item")),
    _text("company", "The name of a company.", _company, ("company", "company name", "organization", "organisation", "employer", "business name", "organization name", "vendor", "vendor name", "supplier", "supplier name", "manufacturer", "publisher", "=name@organizations", "legal entity", "brand", "brand name", "client name", "org name", "team name@organizations", "workspace name", "=title@organizations", "=display name@organizations", "firm", "school", "university", "account name")),
    _text("merchant", "Where something was bought.", _merchant, ("merchant", "merchant name", "payee", "counterparty", "payer", "seller", "store name", "shop name")),
    _text("sku", "Three letters and four digits.", _sku, ("sku", "product code", "item code", "stock code", "part number", "item number", "article number", "variant sku")),
    _text("barcode", "An EAN of 13 digits with its check digit.", _ean, ("barcode", "ean", "upc", "gtin", "ean13")),
    _text("isbn", "An ISBN of 13 digits with its check digit.", _isbn, ("isbn", "isbn13")),
    _text("currency", "A code of ISO 4217; lower case where the constraint asks for it.", _currency, ("currency", "currency code", "iso currency", "base currency", "fiat currency", "from currency", "to currency", "=code@currency", "quote currency", "currency iso")),
    _text("currency_symbol", "The sign of a currency.", _of("$", "€", "£", "¥"), ("currency symbol", "symbol@currency")),
    _text("department", "A department of a company.", lambda request: picked(request, DEPARTMENTS), ("department", "division", "department name", "=name@department", "business unit", "team", "team name")),
    _text("industry", "What a company does.", _of("Software", "Retail", "Healthcare", "Education", "Finance", "Logistics", "Media", "Manufacturing", "Travel", "Energy"), ("industry", "sector", "business type", "vertical")),
    _text("category", "A category as shops and blogs have them.", lambda request: picked(request, CATEGORIES), ("category", "category name", "=name@category", "product category", "department@products", "genre", "section", "=title@category", "topic name", "collection", "subcategory", "expense category")),
    _text("material", "What something is made of.", lambda request: picked(request, MATERIALS), ("material", "fabric")),
    _text("clothes_size", "A size of clothes.", _of("M", "L", "S", "XL", "XS", "XXL"), ("size", "size label", "clothing size", "shirt size")),
    _text("unit", "A unit of measure.", _of("pcs", "kg", "g", "l", "ml", "box"), ("unit", "uom", "unit of measure", "unit name", "measure unit", "units")),
    _text("card_brand", "A brand of payment cards.", _of("visa", "mastercard", "amex"), ("card brand", "card type", "=brand@orders")),
    _text("card_last4", "Four digits.", _last4, ("last4", "card last4", "last four", "last 4", "card last four", "plaintext suffix", "last digits")),
    _text("payment_method", "How something is paid.", _of("card", "bank_transfer", "paypal", "cash"), ("payment method", "payment type", "pay method", "method@orders", "payment provider", "payment gateway")),
    _text("tracking_number", "Letters and digits as carriers print them.", _tracking, ("tracking number", "tracking code", "tracking id", "waybill", "awb", "tracking")),
    _text("carrier", "Who delivers.", _of("Parcel Express", "City Courier", "Post", "Freight Line"), ("carrier", "shipping carrier", "courier", "shipping provider")),
    _text("shipping_method", "How something is sent.", _of("standard", "express", "pickup"), ("shipping method", "delivery method", "fulfillment method")),
    _text("iban", "An account number with right check digits, of no bank.", _iban, ("iban", "bank account", "bank account number")),
    _text("vat_number", "A number for the tax office, of no company.", _vat, ("vat number", "vat", "vat id", "tax id", "tax number", "ein", "company number", "registration no", "cnpj", "nif")),
    _text("dimensions", "Length, width and height in centimetres.", _dimension, ("dimensions", "measurements")),
)  # fmt: skip
