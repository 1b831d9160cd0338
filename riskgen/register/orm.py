"""Peewee, without the drivers of servers that it would bring in by itself.

Whatever driver is installed Peewee imports with itself, and psycopg alone takes longer than the rest of the register.
Most registers are files. So Peewee is told that there is none, and psycopg is imported when a server is named.
"""

import sys
from typing import Any

_DRIVERS = ("psycopg", "psycopg2", "psycopg2cffi", "pymysql", "MySQLdb", "pysqlite3")
_left_out = [name for name in _DRIVERS if name not in sys.modules]
sys.modules.update(dict.fromkeys(_left_out))  # type: ignore[arg-type]  # None is Python's own word for "not to be had"
try:
    import peewee
finally:
    for _name in _left_out:
        del sys.modules[_name]

__all__ = ["ServerDatabase", "peewee"]


class _Adapter(peewee.Psycopg3Adapter):
    """Peewee's own way to psycopg, which it imports now. Raises `ImportError` where it is not installed."""

    def __init__(self) -> None:
        import psycopg
        from psycopg.pq import TransactionStatus

        super().__init__()
        self.driver: Any = psycopg
        self.txn_idle, self.txn_inerror = TransactionStatus.IDLE, TransactionStatus.INERROR
        self.txn_unknown = TransactionStatus.UNKNOWN

    def check_driver(self) -> None:
        """It is there, or this adapter would not be."""

    def get_binary_type(self) -> Any:
        return self.driver.Binary

    def connect(self, db: Any, **params: Any) -> Any:
        return self.driver.connect(db.database, client_encoding="utf8", **params)


class ServerDatabase(peewee.PostgresqlDatabase):
    """A PostgreSQL by its URL. Raises `ImportError` where psycopg is not installed."""

    psycopg2_adapter = psycopg3_adapter = _Adapter  # whichever Peewee believes to be there
