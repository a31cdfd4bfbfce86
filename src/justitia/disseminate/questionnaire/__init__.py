"""Questionnaires as workbooks: written from a filled round, read back with every inconsistency."""

from justitia.disseminate.questionnaire.book import write_questionnaire
from justitia.disseminate.questionnaire.reading import read_questionnaire
from justitia.disseminate.questionnaire.rules import check_round

__all__ = ["check_round", "read_questionnaire", "write_questionnaire"]
