"""The most that a run can cost, known before it starts, and its cost limit."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.money.prices import Price
from reznet_load.core.units import format_value

PROBES, TURNS = "questions to a provider alone", "agent turns through the backend"


@dataclass(frozen=True, slots=True)
class Item:
    """`count` replies of one provider with at most so many tokens each; `price` None: not known.

    `what` is PROBES or TURNS; `count` 0: the number is not known (the web UI runs until Stop).
    """

    what: str
    provider: str
    model: str
    count: int
    tokens_in: int
    tokens_out: int
    price: Price | None

    @property
    def usd(self) -> float | None:
        """The most it can cost."""
        return None if self.price is None else self.count * self.price.cost(self.tokens_in, self.tokens_out)

    @property
    def text(self) -> str:
        """The item as shown to the reader before the run."""
        model = self.model or "a model it does not name"
        count = f"{self.count} {self.what}" if self.count else f"{self.what}, until Stop"
        most = f"at most {self.tokens_in} tokens in and {self.tokens_out} out each"
        usd = "price unknown" if self.usd is None else format_value(self.usd, "USD") if self.count else "by the minute"
        return f"{count} ({self.provider}, {model}), {most}: {usd}"


@dataclass(frozen=True, slots=True)
class Bill:
    """Everything of a run that is paid for; `limit` in USD, None: none. A bill without items: the run costs nothing."""

    items: tuple[Item, ...] = ()
    limit: float | None = None

    @property
    def usd(self) -> float | None:
        """The most it can cost; None if a price is unknown."""
        costs = [item.usd for item in self.items]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    def price(self, what: str, provider: str = "") -> Price | None:
        """The price of the first item of that kind (and provider)."""
        return next((i.price for i in self.items if i.what == what and provider in ("", i.provider)), None)

    def check(self) -> None:
        """Raises ConfigError if the run may cost more than its limit, or if its cost is not known."""
        if self.limit is None or not self.items:
            return
        unknown = next((item for item in self.items if item.price is None), None)
        limit = format_value(self.limit, "USD")
        if unknown is not None:
            raise ConfigError(
                f"--max-cost: {unknown.text}, so a limit of {limit} cannot be enforced; give the price with --prices FILE, "
                "name the backend's model with --backend-provider PROVIDER=MODEL (or say `free`), or lift the limit with "
                "--max-cost none"
            )
        if self.usd is not None and self.usd > self.limit:
            enough = math.ceil(self.usd * 100.5) / 100  # rounded up, so that this limit would be accepted
            raise ConfigError(
                f"--max-cost: this run may cost up to {format_value(self.usd, 'USD')}, more than {limit}: "
                f"{'; '.join(item.text for item in self.items)}; allow it with --max-cost {enough:.2f}, or make "
                "the run shorter or with fewer agent users"
            )


def to_data(bill: Bill) -> dict[str, Any]:
    """The bill as `run.json` keeps it."""
    return asdict(bill) if bill.items else {}


def from_data(data: dict[str, Any]) -> Bill:
    """The bill from `run.json`."""
    items = [item | {"price": Price(**item["price"]) if item["price"] else None} for item in data.get("items", ())]
    return Bill(tuple(Item(**item) for item in items), data.get("limit"))
