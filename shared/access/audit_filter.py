"""Which records of the audit log somebody asks for, and what they are as lines of a table."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.errors import BadRequest
from shared.photo import is_photo_id, utc
from shared.stores.audit import AUDIT_RECORD, AuditLog, AuditRecord

COLUMNS = ("at", "action", "by", "by_id", "role", "photos", "about", "count", "job")


@dataclass(frozen=True)
class AuditFilter:
    """Records from `after` until before `before`, by a name or an id, of an action, about a photo; empty is any."""

    after: str = ""
    before: str = ""
    by: str = ""
    action: str = ""
    photo: str = ""

    def __post_init__(self) -> None:
        if self.photo and not is_photo_id(self.photo):
            raise BadRequest(f"{self.photo[:60]!r} is not an id: an id has 32 hexadecimal digits", param="photo")
        for name in ("after", "before"):
            object.__setattr__(self, name, _moment(name, getattr(self, name)))

    def matches(self, record: AuditRecord) -> bool:
        """Whether somebody has asked for this."""
        return (
            self.after <= record.at
            and (not self.before or record.at < self.before)
            and self.by in {"", record.by, record.by_id}
            and self.action in {"", record.action}
            and (not self.photo or self.photo in record.photos)
        )

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day that may hold them: what could not be written at once is in a later one."""
        first = date.fromisoformat(self.after[:10]) if self.after else date.min
        last = date.fromisoformat(self.before[:10]) + timedelta(days=7) if self.before else date.max
        return first, last

    async def walk(self, store: AuditLog) -> AsyncIterator[AuditRecord]:
        """All of them, the oldest first."""
        async for record in store.walk(*self.days):
            if self.matches(record):
                yield record


def _moment(name: str, text: str) -> str:
    """A day or a time as records have it: in UTC."""
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(text)
        return utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise BadRequest(
            f"{name} must be a day or a time, such as 2026-11-26 or 2026-11-26T10:30:00Z, and is UTC without a zone",
            param=name,
        ) from None


def audit_json(record: AuditRecord) -> dict[str, Any]:
    """A record with all of its fields."""
    fields: dict[str, Any] = AUDIT_RECORD.dump_python(record, mode="json")
    return fields


def audit_cells(record: AuditRecord) -> list[str]:
    """The same as the cells of a row."""
    fields = audit_json(record) | {"photos": " ".join(record.photos), "count": str(record.count or "")}
    return [str(fields[name]) for name in COLUMNS]
