"""Payloads whose odd fields cost nothing but themselves."""

from pydantic import (
    BaseModel,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)


class Lenient(BaseModel):
    """A payload of which an odd field is worth less than the post it stands in.

    A field that is required makes the payload wrong; any other takes its default.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    @field_validator("*", mode="wrap")
    @classmethod
    def _or_default(
        cls, value: object, validate: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> object:
        try:
            return validate(whole(value) if isinstance(value, str) else value)
        except (ValidationError, OverflowError):
            field = cls.model_fields[str(info.field_name)]
            if field.is_required():
                raise
            return field.get_default()


def whole(text: str) -> str:
    """Return `text` without halves of characters, which no database takes."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
