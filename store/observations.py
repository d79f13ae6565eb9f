"""The collections `observations` and `drift`: what was new of each source day by day, and the alarms that follow.

`observations` has sums, one record for each source and day on which something new came. Whoever writes documents adds
to them (`add`), under a token, so that a write that is repeated counts once. What a killed worker loses is the
observation of the documents it wrote last; none is counted twice, for the next run finds these documents unchanged.

`drift` has one record a source: when it was last heard of, when its silence is an alarm, and its alarms. At the end of
a run, `watch` judges (store/drift.py) the sources that were added to since, and finds those that have been silent for
too long: two questions that indexes answer with nothing where nothing is new. Changes of alarms are kept until somebody
has been told (`untold`, `told`).

Both are derived: who deletes them loses the past by which sources are judged, and no document.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from math import log, log1p
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.database import Database

from store.bulk import bulk_write
from store.connection import Record
from store.drift import MAX_PAUSES, MEANS, MIXES, Kind, Moments, Observation, judge, longest_pause, shown, span
from store.schema import (
    BOOLEAN,
    DATE,
    DATE_OR_NULL,
    INTEGER,
    NUMBER,
    SCHEMA_VERSION,
    STRING,
    VERSION,
    Collection,
    list_of,
    record_of,
)
from transforms.document import Document

COLLECTION = Collection(
    name="observations",
    schema=record_of(
        {
            "_id": STRING,
            "schema_version": VERSION,
            "source": STRING,
            "day": DATE,
            "documents": INTEGER,
            "rejected": INTEGER,
            # Tokens of what was added last, so that a repeated write is recognised.
            "parts": list_of(STRING),
        },
        {
            "means": record_of(
                {}, {kind: record_of({"count": INTEGER, "total": NUMBER, "squares": NUMBER}) for kind in MEANS}
            ),
            "mixes": record_of({}, {kind: {"bsonType": "object"} for kind in MIXES}),
        },
    ),
    indexes=(
        IndexModel([("source", ASCENDING), ("day", ASCENDING)], name="source"),
        IndexModel([("day", ASCENDING)], name="day"),
    ),
)
DRIFT = Collection(
    name="drift",
    schema=record_of(
        {"_id": STRING, "schema_version": VERSION, "turn": {"bsonType": "objectId"}},
        {
            # There while observations are added that nobody has judged; another with each.
            "mark": {"bsonType": "objectId"},
            "heard_at": DATE,
            "silent_at": DATE,
            # The longest pause before news of each day, s.
            "pauses": list_of(record_of({"day": DATE, "seconds": NUMBER})),
            "alarms": list_of(
                record_of(
                    {
                        "kind": {"enum": list(Kind)},
                        "since": DATE,
                        "over_at": DATE_OR_NULL,
                        "value": NUMBER,
                        "low": NUMBER,
                        "high": NUMBER,
                        "what": STRING,
                        "told": BOOLEAN,
                    }
                )
            ),
            "open": INTEGER,
            "untold": BOOLEAN,
        },
    ),
    indexes=tuple(
        IndexModel([(name, ASCENDING)], name=name, sparse=True)
        for name in ("mark", "heard_at", "silent_at", "open", "untold")
    ),
)

# Days with news that are kept of a source: MAX_PERIODS of a source that has a period a day, and a third more for one
# that has less.
MAX_DAYS = 90
# A source that has not been heard of for so long is none any more, and its silence no alarm.
FORGOTTEN_AFTER = timedelta(days=400)
_MAX_PARTS = 20
# A text shorter than this has too few names, or too many, for a rate.
_MIN_CHARACTERS = 200
_LEAST = ObjectId("0" * 24)


@dataclass(frozen=True, slots=True)
class Alarm:
    """What has drifted of a source since when, its value and usual range (see store.drift.Kind), and that in words.

    `over_at` is None while it goes on; `told` says whether its last change was published.
    """

    source: str
    kind: Kind
    since: datetime
    value: float
    low: float
    high: float
    what: str
    over_at: datetime | None = None
    told: bool = False

    @property
    def key(self) -> str:
        """What names this change of this alarm: the same each time it is published."""
        return f"{self.source} {self.kind} {self.since.isoformat()} {'over' if self.over_at else 'begun'}"


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a source: when it was heard of last, from when on its silence is an alarm, and its alarms.

    Alarms are those that stand, and those that are over and were not told yet; the newest first.
    """

    heard_at: datetime | None = None
    silent_at: datetime | None = None
    alarms: tuple[Alarm, ...] = ()


def observe(document: Document, arrived_at: datetime) -> Observation:
    """What one new document adds; `arrived_at` is when its drop arrived."""
    characters = len(document.text)
    cut = sum(span.end - span.start for span in document.boilerplate)
    means = {
        Kind.LENGTH: Moments.of(log(max(characters, 1))),
        Kind.CUT: Moments.of(cut / max(cut + characters, 1)),
        Kind.UNDATED: Moments.of(0.0 if document.published else 1.0),
        Kind.REJECTED: Moments.of(0.0),
    }
    if document.provenance.entity_model and characters >= _MIN_CHARACTERS:
        mentions = sum(len(entity.mentions) for entity in document.entities)
        means[Kind.NAMES] = Moments.of(1000 * mentions / characters)
    if document.published:
        hours = (arrived_at - document.published.at).total_seconds() / 3600
        means[Kind.DELAY] = Moments.of(log1p(max(hours, 0.0)))
    encoding = document.provenance.encoding.name.replace(".", "_").replace("$", "_")
    mixes = {Kind.LANGUAGE: {document.language.tag: 1}, Kind.ENCODING: {encoding: 1}}
    return Observation(1, 0, means, mixes)


def rejected(count: int) -> Observation:
    """What rejected items of a new drop add."""
    return Observation(0, count, {Kind.REJECTED: Moments.of(1.0, count)})


def add(db: Database[Record], news: Mapping[str, Observation], *, token: str, now: datetime) -> None:
    """Add what was new of sources to this day, once for each token, and have these sources judged."""
    day = _day(now)
    writes = {
        _id(day, source): UpdateOne(
            {"_id": _id(day, source), "parts": {"$ne": token}},
            {
                "$inc": _increments(observation),
                "$push": {"parts": {"$each": [token], "$slice": -_MAX_PARTS}},
                "$setOnInsert": {"schema_version": SCHEMA_VERSION, "source": source, "day": day},
            },
            upsert=True,
        )
        for source, observation in news.items()
    }
    lost, _ = bulk_write(db, COLLECTION.name, list(writes), list(writes.values()))
    if lost:
        # It was counted before, or another worker has just inserted the record of the day.
        counted = {
            found["_id"] for found in db.observations.find({"_id": {"$in": sorted(lost)}}) if token in found["parts"]
        }
        again = sorted(lost - counted)
        bulk_write(db, COLLECTION.name, again, [writes[each] for each in again])
    fresh = {"schema_version": SCHEMA_VERSION, "turn": ObjectId()}
    marks = [
        UpdateOne({"_id": source}, {"$set": {"mark": ObjectId()}, "$setOnInsert": fresh}, upsert=True)
        for source in news
    ]
    bulk_write(db, DRIFT.name, list(news), marks)


def _increments(observation: Observation) -> Record:
    sums: Record = {"documents": observation.documents, "rejected": observation.rejected}
    for kind, moments in observation.means.items():
        sums |= {f"means.{kind}.{name}": value for name, value in asdict(moments).items()}
    for kind, mix in observation.mixes.items():
        sums |= {f"mixes.{kind}.{name}": count for name, count in mix.items()}
    return sums


def days_of(db: Database[Record], source: str) -> dict[datetime, Observation]:
    """What was new of a source, by day, the earliest first."""
    found = db.observations.find({"source": source}).sort("day", ASCENDING)
    return {
        record["day"]: Observation(
            record["documents"],
            record["rejected"],
            {Kind(kind): Moments(**moments) for kind, moments in record.get("means", {}).items()},
            {Kind(kind): mix for kind, mix in record.get("mixes", {}).items()},
        )
        for record in found
    }


def watch(db: Database[Record], now: datetime) -> None:
    """Judge the sources that have news, and find those that are silent; `now` is the store's time."""
    news = False
    for record in list(db.drift.find({"mark": {"$gt": _LEAST}})):
        _judge(db, record, now)
        news = True
    for record in list(db.drift.find({"silent_at": {"$lte": now}})):
        # Those with a mark are not silent: somebody is adding to them.
        if "mark" not in record:
            _fall_silent(db, record, now)
    if news:
        db.observations.delete_many({"day": {"$lt": now - FORGOTTEN_AFTER}})
        db.drift.delete_many({"heard_at": {"$lt": now - FORGOTTEN_AFTER}})


def _judge(db: Database[Record], record: Record, now: datetime) -> None:
    source = record["_id"]
    days = days_of(db, source)
    surplus = list(days)[:-MAX_DAYS]
    if surplus:
        db.observations.delete_many({"_id": {"$in": [_id(day, source) for day in surplus]}})
    alarms = {alarm.kind: alarm for alarm in _alarms(record)}
    for verdict in judge(list(days.values())[-MAX_DAYS:]):
        known = alarms.get(verdict.kind)
        stands = known is not None and known.over_at is None
        facts = {"value": verdict.value, "low": verdict.low, "high": verdict.high, "what": str(verdict)}
        if verdict.drifted and not stands:
            alarms[verdict.kind] = Alarm(source, verdict.kind, now, **facts)  # type: ignore[arg-type]
        elif known and stands:
            over = {"over_at": now, "told": False} if verdict.usual else {}
            alarms[verdict.kind] = replace(known, **facts, **over)  # type: ignore[arg-type]
    silence = alarms.get(Kind.SILENCE)
    if silence and silence.over_at is None:
        alarms[Kind.SILENCE] = replace(silence, over_at=now, told=False)

    pauses = _with_pause(record, now)
    limit = longest_pause([pause["seconds"] for pause in pauses])
    facts_now = {"heard_at": now, "pauses": pauses}
    if limit is not None:
        facts_now["silent_at"] = now + timedelta(seconds=limit)
    _put(db, record, alarms.values(), facts_now, gone=["mark"])


def _with_pause(record: Record, now: datetime) -> list[Record]:
    """The pauses with the one that ends now: of each day the longest."""
    pauses = list(record.get("pauses", ()))
    if "heard_at" in record:
        pause = {"day": _day(now), "seconds": max(0.0, (now - record["heard_at"]).total_seconds())}
        if pauses and pauses[-1]["day"] == pause["day"]:
            pause["seconds"] = max(pause["seconds"], pauses.pop()["seconds"])
        pauses.append(pause)
    return pauses[-MAX_PAUSES:]


def _fall_silent(db: Database[Record], record: Record, now: datetime) -> None:
    silent = (now - record["heard_at"]).total_seconds()
    high = (record["silent_at"] - record["heard_at"]).total_seconds()
    what = f"nothing new for {shown(Kind.SILENCE, silent)} (usually within {shown(Kind.SILENCE, high)})"
    alarm = Alarm(record["_id"], Kind.SILENCE, now, silent, 0.0, high, what)
    others = [each for each in _alarms(record) if each.kind != Kind.SILENCE]
    _put(db, record, [*others, alarm], {}, gone=["silent_at"])


def _alarms(record: Record) -> list[Alarm]:
    return [Alarm(record["_id"], **{**facts, "kind": Kind(facts["kind"])}) for facts in record.get("alarms", ())]


def _put(db: Database[Record], record: Record, alarms: Iterable[Alarm], facts: Record, *, gone: list[str]) -> bool:
    """Write the state of a source. False where somebody else has done so meanwhile; the next run looks again."""
    kept = [alarm for alarm in alarms if not (alarm.over_at and alarm.told)]
    stored: list[Record] = []
    for alarm in kept:
        stored.append({**asdict(alarm), "kind": alarm.kind.value})
        del stored[-1]["source"]
    change: Record = {**facts, "turn": ObjectId(), "alarms": stored}
    absent = set(gone) - facts.keys()
    standing = sum(alarm.over_at is None for alarm in kept)
    for name, value, there in (("open", standing, standing), ("untold", True, not all(alarm.told for alarm in kept))):
        if there:
            change[name] = value
        else:
            absent.add(name)
    condition = {"_id": record["_id"], "turn": record["turn"]}
    if "mark" in record:
        condition["mark"] = record["mark"]
    update: Record = {"$set": change}
    if absent:
        update["$unset"] = dict.fromkeys(sorted(absent), "")
    return db.drift.update_one(condition, update).matched_count == 1


def untold(db: Database[Record]) -> list[Alarm]:
    """The alarms whose last change nobody has been told."""
    found = db.drift.find({"untold": True})
    return [alarm for record in found for alarm in _alarms(record) if not alarm.told]


def told(db: Database[Record], alarm: Alarm) -> None:
    """Note that the change of an alarm was published. Where it has changed again meanwhile, that is another one."""
    record = db.drift.find_one({"_id": alarm.source})
    if record:
        alarms = [replace(each, told=True) if each.key == alarm.key else each for each in _alarms(record)]
        _put(db, record, alarms, {}, gone=[])


def standing(db: Database[Record], limit: int = 0) -> list[Alarm]:
    """The alarms that stand, the newest first; at most `limit` sources, 0 for all."""
    found = db.drift.find({"open": {"$gt": 0}}).limit(limit)
    alarms = [alarm for record in found for alarm in _alarms(record) if alarm.over_at is None]
    return sorted(alarms, key=lambda alarm: (alarm.since, alarm.source), reverse=True)


def state_of(db: Database[Record], source: str) -> State:
    """The state of a source; an empty one where nothing is known."""
    record = db.drift.find_one({"_id": source})
    return _state(record) if record else State()


def states(db: Database[Record]) -> dict[str, State]:
    """The states of all sources."""
    return {record["_id"]: _state(record) for record in db.drift.find({}, {"pauses": 0})}


def _state(record: Record) -> State:
    alarms = sorted(_alarms(record), key=lambda alarm: alarm.since, reverse=True)
    return State(record.get("heard_at"), record.get("silent_at"), tuple(alarms))


def forget(db: Database[Record], sources: Iterable[str]) -> None:
    """Remove all that is known of the days and alarms of sources, whose documents were erased."""
    for source in sources:
        db.observations.delete_many({"source": source})
        db.drift.delete_one({"_id": source})


def as_json(alarm: Alarm) -> dict[str, Any]:
    """An alarm for programs: what is stored, and its usual range in words."""
    usual = span(alarm.kind, alarm.low, alarm.high)
    return {**asdict(alarm), "kind": alarm.kind.value, "usual": usual, "to_do": alarm.kind.to_do}


def _day(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(UTC).date(), datetime.min.time(), UTC)


def _id(day: datetime, source: str) -> str:
    return f"{day:%Y-%m-%d} {source}"
