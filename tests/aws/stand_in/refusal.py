"""What a service answers instead of what was asked."""


class Refusal(Exception):
    def __init__(self, kind, message, status=400):
        super().__init__(f"{kind}: {message}")
        self.kind, self.message, self.status = kind, message, status
