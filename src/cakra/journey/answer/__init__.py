"""Answer: the owner says who drove. Once, sealed, and in one transaction with what follows from it."""

from cakra.journey.answer.rules import Answer, AnswerKind, may_answer
from cakra.journey.answer.step import AnswerDesk

__all__ = ["Answer", "AnswerDesk", "AnswerKind", "may_answer"]
