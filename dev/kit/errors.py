"""What went wrong, said to a person."""


class Stop(Exception):
    """End the command with one clear sentence and a way out, never with a traceback."""

    def __init__(self, sentence, way_out=""):
        super().__init__(sentence)
        self.sentence = sentence
        self.way_out = way_out

    def __str__(self):
        way_out = f"\n  way out: {self.way_out}" if self.way_out else ""
        return f"error: {self.sentence}{way_out}"
