from app.models.payments.papers import RETRY_SECONDS, Paper, PaperUnavailable
from app.services.ports import Ports


class PaperPress:
    """Sets papers; a port, because what papers look like is no business of a use case.

    This one stands in where a process has none.
    """

    async def print(self, paper: Paper) -> bytes:
        """Return a paper as PDF/A. The same paper gives the same bytes.

        :raises PaperUnavailable:
        """
        del paper
        raise PaperUnavailable(retry_after=RETRY_SECONDS)

    @classmethod
    def of(cls, ports: Ports) -> "PaperPress":
        return ports.of(PaperPress) or PaperPress()
