"""Check that what the parts of an index definition refer to exists and fits: fields, analyzers, profiles."""

from local.search.errors import InvalidParameterError
from local.search.schema.definition import IndexDefinition
from local.search.schema.field import STRING, IndexField
from local.search.schema.json_shape import named_objects
from local.search.schema.scoring_profiles import check_scoring_profile
from local.search.text.analyzers import check_analyzer, check_normalizer


def check_references(definition: IndexDefinition) -> None:
    """Check everything that concerns more than one field."""
    keys = [field for field in definition.fields if field.key]
    if len(keys) != 1:
        raise InvalidParameterError.in_definition(
            f"Found {len(keys)} key fields in index '{definition.name}'. Each index must have exactly one key field."
        )
    named_objects(definition.raw["analyzers"], "analyzers")
    for field in definition.by_path.values():
        check_field_analyzers(field, definition)
    check_suggesters(definition)
    check_semantic_configurations(definition)
    check_scoring_profiles(definition)


def check_field_analyzers(field: IndexField, definition: IndexDefinition) -> None:
    """Refuse analyzers and normalizers that are unknown or do not fit the field."""
    for name in {field.analyzer, field.search_analyzer} - {None}:
        if not field.searchable:
            raise InvalidParameterError.in_definition(
                f"The field '{field.path}' has an analyzer but is not searchable."
            )
        check_analyzer(str(name), definition.custom_analyzers)
    if field.normalizer is not None:
        check_normalizer(field.normalizer)


def check_suggesters(definition: IndexDefinition) -> None:
    """Refuse a second suggester, and source fields that are not searchable."""
    suggesters = definition.raw["suggesters"]
    if len(suggesters) > 1:
        raise InvalidParameterError.in_definition("An index can have at most 1 suggester.")
    searchable = [field.path for field in definition.searchable]
    for suggester in suggesters:
        sources = suggester.get("sourceFields")
        if not isinstance(sources, list) or not sources:
            raise InvalidParameterError.in_definition(f"The suggester '{suggester.get('name')}' needs source fields.")
        for name in sources:
            if name not in searchable:
                raise InvalidParameterError.in_definition(
                    f"The suggester '{suggester.get('name')}' refers to '{name}', which is not a searchable field."
                )


def check_semantic_configurations(definition: IndexDefinition) -> None:
    """Every field that a semantic configuration names must exist and hold strings."""
    for configuration in definition.semantic_configurations.values():
        for name in (configuration.title, *configuration.content, *configuration.keywords):
            field = definition.by_path.get(name or "")
            if name is not None and (field is None or field.element_type != STRING):
                raise InvalidParameterError.in_definition(
                    f"The semantic configuration '{configuration.name}' refers to '{name}', "
                    "which is not a string field of the index."
                )
    default = definition.default_semantic_configuration
    if default is not None and default not in list(definition.semantic_configurations):
        raise InvalidParameterError.in_definition(f"The default semantic configuration '{default}' does not exist.")


def check_scoring_profiles(definition: IndexDefinition) -> None:
    """Check every scoring profile, and that the default one exists."""
    profiles = definition.raw["scoringProfiles"]
    default = definition.raw["defaultScoringProfile"]
    if default is not None and default not in [profile.get("name") for profile in profiles]:
        raise InvalidParameterError.in_definition(f"The default scoring profile '{default}' does not exist.")
    for profile in profiles:
        check_scoring_profile(profile, definition.by_path)
