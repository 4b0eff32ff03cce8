"""The numbers out of every form again, read without the code that wrote it, and held against the record."""

from vivomap.report.readback.compare import on_record, readers, wrong
from vivomap.report.readback.number import Number, Numbers, Reader

__all__ = ["Number", "Numbers", "Reader", "on_record", "readers", "wrong"]
