from pydantic import Field

from app.schemas.base import Out


class ContactOut(Out):
    code: str = Field(description="What kind of contact it is", examples=["phone"])
    title: str = Field(examples=["Contact centre"])
    text: str = Field(examples=["Call 044 202 15 88 if you need help with the cabinet."])
    phone: str = Field(description="To be dialled within Ukraine", examples=["044 202 15 88"])


class HelpTopicOut(Out):
    code: str = Field(description="Stable; new topics may be added", examples=["how_to_register"])
    title: str = Field(examples=["How do I register?"])
    text: str = Field(examples=["Give your mobile phone, the account number and the tax id ..."])
