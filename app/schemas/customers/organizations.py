"""A company on the wire."""

from pydantic import Field

from app.schemas.base import Out


class OrganizationOut(Out):
    tax_id: str = Field(description="EDRPOU or RNOKPP", examples=["34067885"])
    name: str
