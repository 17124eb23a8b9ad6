"""How many payers a batch takes: as many as fit into a time, learnt from the last ones."""


class BatchSize:
    """A batch size that follows the time that batches take.

    ``target`` is in seconds: how long others may have to wait for the rows of one batch.
    """

    def __init__(self, *, first: int, most: int, target: float) -> None:
        self.size = first
        self._most = most
        self._target = target

    def learn(self, payers: int, seconds: float) -> None:
        """Adapt to a batch of ``payers`` that took ``seconds``; at most doubled or halved at once."""
        fitting = payers * self._target / max(seconds, 1e-6)
        self.size = int(min(max(fitting, self.size / 2, 1), self.size * 2, self._most))
