"""What the fields of a document mean: those of `documents`, and of its earlier contents in `revisions`."""

from collections.abc import Mapping

VERSION = {"schema_version": "the version of the shape of the record"}


def below(name: str, texts: Mapping[str, str]) -> dict[str, str]:
    """The texts of a record, as those of the field that it stands in."""
    return {f"{name}.{path}": text for path, text in texts.items()}


_CANDIDATE = {"tag": "the language, BCP 47", "probability": "0 to 1"}
_ENTITY = {
    "id": "the same in all languages and spellings; the `_id` in `entities`",
    "type": "person, organisation, place, event or product",
    "name": "the name in its base form",
    "language": "the language of `name`; missing before pipeline 4",
    "keys": "what it is found by, in any script",
    "evidence": "why it has this id; missing before pipeline 4",
    "links": "its identifiers elsewhere: `iso-3166:KZ`, `geonames:1526273`; missing before pipeline 4",
    "linked_id": "the id before a person corrected it; missing where nobody has",
    "mentions": "where it is named in `text`",
    "mentions.start": "where the mention begins in `text`",
    "mentions.end": "where it ends",
    "mentions.surface": "the name as it stands there",
}
DOCUMENT: Mapping[str, str] = {
    **VERSION,
    "version": "the place in the order of arrival of the delivery that brought this content last: time, drop, index",
    "first_version": "that of the delivery that brought it first; missing in records from before there were revisions",
    "source": "the site, agency or feed that it comes from",
    "url": "the canonical URL, or null",
    "title": "the headline, or null where no line is likelier to be it than not",
    "text": "the original without what was cut",
    "language": "of the whole text, BCP 47, with the script where it is not the usual one (`sr-Latn`); `und`: no "
    "answer is honest; `zxx`: there is no language in it",
    "language_probability": "of `language`, 0 to 1",
    "language_runners_up": "what came next, likeliest first; missing in pipeline 1",
    **below("language_runners_up", _CANDIDATE),
    "languages": "what it is found by: `language` and the tags of all segments, each also without its script",
    "segments": "stretches of `text` in one language, of whole sentences",
    "segments.start": "where the segment begins in `text`",
    "segments.end": "where it ends",
    **below("segments", _CANDIDATE),
    "segments.evidence": "`text`, or `context` where the segment alone is too short to tell; missing in pipeline 1",
    "flags": "what is worth a second look: see docs/queries.md",
    "published_at": "the time of publication, or null where none is known; a day is its midnight UTC",
    "published_precision": "how exactly that is known",
    "published_origin": "where it stands",
    "published_zone": "the zone that it was written in, such as `+03:00`, or null",
    "updated_at": "the time of the last update, or null",
    "updated_precision": "how exactly that is known",
    "updated_origin": "where it stands",
    "updated_zone": "the zone that it was written in, or null",
    "section": "the part of the source that it stands in, as the source names it, or null",
    "age_rating": "the youngest age it is for, in years (`16` for `16+`), or null",
    "dateline": "place, date, agency and reporter as the text gives them, or null; what it does not give is null",
    "dateline.place": "the place",
    "dateline.date": "the date, EDTF: `2019-11-18`, or `XXXX-05-17` without a year",
    "dateline.year": "the year",
    "dateline.month": "the month, 1 to 12",
    "dateline.day": "the day of the month",
    "dateline.agency": "the news agency",
    "dateline.reporter": "the reporter",
    "authors": "from the metadata, else from a byline",
    "origins": "where facts stand, each null where there is none",
    **{f"origins.{name}": f"where the {name} stands" for name in ("title", "authors", "section")},
    "origins.age_rating": "where the age rating stands",
    "entities": "the persons, organisations, places, events and products that it names, as persons have corrected them",
    **below("entities", _ENTITY),
    "linked": "the entities as linking gave them; missing where corrections make no difference",
    **below("linked", _ENTITY),
    "corrected": "a digest over the corrected entities; missing where corrections make no difference",
    "former": "ids of entities that the record named before it was replaced; missing in a store at rest",
    "unsettled": "a mark of a reprocessing, until its copies and entities follow; missing in a store at rest",
    "boilerplate": "what was cut: the original without these spans is `text`",
    "boilerplate.start": "where the span begins in the original",
    "boilerplate.end": "where it ends",
    "boilerplate.reason": "why it was cut",
    "fingerprint": "SHA-256 of the content; where it is equal, there is nothing to write",
    "content": "SHA-256 of what was delivered, whatever was cut or found in it; missing in pipelines 1 and 2",
    "provenance": "where it came from and what made it",
    "provenance.drop_id": "the drop: `_id` in `drops`",
    "provenance.index": "which item of the drop",
    "provenance.encoding": "how its bytes became text",
    "provenance.encoding.name": "the encoding",
    "provenance.encoding.evidence": "what decided; `repaired`: it had been decoded wrongly before it came here",
    "provenance.encoding.detail": "the candidates and their scores, what was declared, what was undone: for people",
    "provenance.pipeline": "the version of the pipeline",
    "provenance.language_model": "the version of the language model",
    "provenance.entity_model": "the version of the entity model; null: nobody looked for names",
    "provenance.line_model": "the version of the model that cuts lines; null or missing: cleaned by rules alone",
}
