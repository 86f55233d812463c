"""The writes of the bench of the durable store, by the SQLite of Python in a file: WAL, synchronous=FULL.

`python3 sqlite_durable.py FILE SECONDS`. Reads jobs as tab-separated lines: id, name, seconds, type, mode, status, and the rest of the
record. The table has the indexes that a list needs. Prints lines of a name and a number: the load in one transaction, bytes of the file,
the open of the file with a first list, one synced update of a status, and the updates a second of many connections.
"""

import os
import random
import sqlite3
import statistics
import sys
import threading
import time

PATH, SECONDS = sys.argv[1], float(sys.argv[2])
INDEXED = ["status, seconds, id", "type, seconds, id", "mode, seconds, id", "seconds, id"]
WRITERS = [1, 8, 64]


def connect():
    # No transaction but those that are begun here, so each update is one, and is synced by itself.
    database = sqlite3.connect(PATH, timeout=60, isolation_level=None, check_same_thread=False)
    database.execute("pragma journal_mode=wal")
    database.execute("pragma synchronous=full")
    return database


def timed(call):
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def load(rows):
    database = connect()
    database.execute(
        "create table jobs (id text primary key, name text, seconds integer, type integer, mode integer, status integer, rest text)"
    )
    for columns in INDEXED:
        database.execute(f"create index 'by {columns}' on jobs ({columns})")
    database.execute("begin immediate")
    database.executemany("insert into jobs values (?,?,cast(? as integer),cast(? as integer),cast(? as integer),cast(? as integer),?)", rows)
    database.execute("commit")
    database.execute("pragma wal_checkpoint(truncate)")
    database.close()


def first_list():
    database = connect()
    total = database.execute("select count(*) from jobs where status=1").fetchone()[0]
    page = database.execute("select * from jobs where status=1 order by seconds desc, id desc limit 10").fetchall()
    database.close()
    return total, page


def update(database, job_id):
    database.execute("update jobs set status=(status+1)%3 where id=?", (job_id,))


def single(ids):
    database, times = connect(), []
    until = time.perf_counter() + SECONDS
    while len(times) < 5 or time.perf_counter() < until:
        times.append(timed(lambda: update(database, random.choice(ids)))[0])
    database.close()
    return statistics.median(times)


def many(ids, writers):
    counts = [0] * writers
    until = time.perf_counter() + SECONDS

    def write(own):
        database, chance = connect(), random.Random(own)
        while time.perf_counter() < until:
            update(database, chance.choice(ids))
            counts[own] += 1
        database.close()

    threads = [threading.Thread(target=write, args=(own,)) for own in range(writers)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - start)


def main():
    rows = [line.rstrip("\n").split("\t", 6) for line in sys.stdin]
    ids = [row[0] for row in random.Random(1).sample(rows, min(len(rows), 20_000))]
    print("load", timed(lambda: load(rows))[0], sep="\t")
    print("bytes", os.path.getsize(PATH), sep="\t")
    print("open", timed(first_list)[0], sep="\t")
    print("single", single(ids), sep="\t")
    for writers in WRITERS:
        print(f"writers {writers}", many(ids, writers), sep="\t")


main()
