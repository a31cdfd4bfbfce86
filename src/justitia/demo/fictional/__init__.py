"""Exampland (XA): a country that does not exist, with its law, its people and the files of its four sectors."""
