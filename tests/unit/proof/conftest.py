from tests.unit.proof.questions import questions_asked_once

__all__ = ["questions_asked_once"]
